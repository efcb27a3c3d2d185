"""Copies weights between models whose layers have the same names."""


def copy_by_name(source, target):
    """Sets the weights of a model to those of another.

    Args:
        source: Built Keras model. It may have further layers.
        target: Built Keras model, each of whose layers with weights has the
            name of a layer of `source` with weights of the same shapes.

    Raises:
        ValueError: If a layer is missing or has other shapes.
    """
    for layer in target.layers:
        if layer.weights:
            layer.set_weights(source.get_layer(layer.name).get_weights())
