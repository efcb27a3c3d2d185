"""Copies shared weights to the model of one architecture."""

import keras

from nas_tf.errors import UsageError


def copy_chosen(shared, actions, model):
    """Sets the trainable weights of a model to those that it shares.

    Args:
        shared: Built Keras model of all architectures. A layer that belongs to
            some of them only has a method `chosen`, which takes actions and
            returns a dict from names of layers of `model` to lists of arrays.
        actions: Sequence of integers, the architecture.
        model: Built Keras model of that architecture alone.

    Raises:
        UsageError: If a layer is missing.
    """
    found = {}
    for layer in shared.layers:
        if hasattr(layer, "chosen"):
            found.update(layer.chosen(actions))
        else:
            found[layer.name] = layer.trainable_variables
    copy_found(found, model)


def copy_found(found, model):
    """Sets the trainable weights of a model by the names of its layers.

    Layers of batch normalization keep theirs if `found` has none for them,
    as those of shared models may have no weights.

    Args:
        found: Dict from names of layers to lists of arrays.
        model: Built Keras model.

    Raises:
        UsageError: If a layer is missing.
    """
    for layer in model.layers:
        if not layer.trainable_variables:
            continue
        values = found.get(layer.name)
        if not values:
            if isinstance(layer, keras.layers.BatchNormalization):
                continue
            raise UsageError(
                f"Expected shared weights of layer '{layer.name}'. Received: "
                f"none"
            )
        for variable, value in zip(
            layer.trainable_variables, values, strict=True
        ):
            variable.assign(value)
