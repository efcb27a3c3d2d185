"""Copies shared weights to the model of one architecture."""


def copy_chosen(shared, actions, model):
    """Sets the trainable weights of a model to those that it shares.

    Args:
        shared: Built Keras model of all architectures. A layer that belongs to
            some of them only has a method `chosen`, which takes actions and
            returns a dict from names of layers of `model` to lists of arrays.
        actions: Sequence of integers, the architecture.
        model: Built Keras model of that architecture alone.

    Raises:
        ValueError: If a layer is missing or has other shapes.
    """
    found = {}
    for layer in shared.layers:
        if hasattr(layer, "chosen"):
            found.update(layer.chosen(actions))
        else:
            found[layer.name] = layer.trainable_variables
    for layer in model.layers:
        if not layer.trainable_variables:
            continue
        if layer.name not in found:
            raise ValueError(
                f"Expected shared weights of layer '{layer.name}'. Received: "
                f"none"
            )
        for variable, value in zip(
            layer.trainable_variables, found[layer.name], strict=True
        ):
            variable.assign(value)
