"""Builds the Keras model of a fully connected network's spec."""

import keras

from nas_tf import keras_scope
from nas_tf.children.blocks import outputs
from nas_tf.children.names import Names


@keras_scope.channels_last()
def dense_net(
    spec,
    inputs,
    num_outputs,
    activation="softmax",
    scale=None,
    batch_norm=True,
    name=None,
):
    """Builds the network of a spec.

    All inputs are flattened and concatenated. A layer is a matrix product,
    batch normalization, or a bias without it, its activation and dropout.

    Args:
        spec: `DenseNetSpec`.
        inputs: The inputs of one example: a pair `(shape, dtype)`, or a tuple
            or dict of pairs.
        num_outputs: Number of outputs, at least 1.
        activation: See `blocks.outputs`. Default: "softmax".
        scale: See `blocks.outputs`. Default: None.
        batch_norm: Whether layers are normalized. Default: True.
        name: Name of the model, or None (default) for Keras's choice.

    Returns:
        An uncompiled `keras.Model` from inputs `[B, ...]` to `[B,
        num_outputs]`.
    """
    given = _inputs(inputs)
    names = Names(inputs if isinstance(inputs, dict) else ())
    features = [
        _flat(x, names) if len(x.shape) != 2 else x
        for x in keras.tree.flatten(given)
    ]
    read = features[0]
    if len(features) > 1:
        read = keras.layers.Concatenate(name=names.free("inputs"))(features)
    x = read
    for number, layer in enumerate(spec.layers, 1):
        title = f"layer_{number}"
        if layer.skip:
            join = keras.layers.Concatenate(name=names.free(f"{title}_join"))
            x = join([x, read])
        x = keras.layers.Dense(
            layer.units,
            use_bias=not batch_norm,
            kernel_initializer="he_normal",
            name=names.free(f"{title}_dense"),
        )(x)
        if batch_norm:
            x = keras.layers.BatchNormalization(
                momentum=0.9, name=names.free(f"{title}_batch_norm")
            )(x)
        x = keras.layers.Activation(
            layer.activation,
            name=names.free(f"{title}_{layer.activation}"),
        )(x)
        if spec.dropout:
            drop = keras.layers.Dropout(
                spec.dropout, name=names.free(f"{title}_dropout")
            )
            x = drop(x)
    x = outputs(x, num_outputs, activation, scale, names=names)
    return keras.Model(given, x, name=name)


def _flat(x, names):
    return keras.layers.Flatten(name=names.unless_alike("flatten"))(x)


def _inputs(given):
    """Returns tensors in the structure of the given pairs."""
    if isinstance(given, dict):
        return {
            name: keras.Input(shape, dtype=dtype, name=name)
            for name, (shape, dtype) in given.items()
        }
    if isinstance(given[1], str):
        shape, dtype = given
        return keras.Input(shape, dtype=dtype)
    return tuple(keras.Input(shape, dtype=dtype) for shape, dtype in given)
