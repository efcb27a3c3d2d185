"""Tests of batch normalizations traced as one kernel on TensorFlow."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from nas_tf.training.batch_normalization import fused


def make_layer(**arguments):
    layer = keras.layers.BatchNormalization(
        **{"momentum": 0.8, "epsilon": 1e-3, **arguments}
    )
    layer.build((None, 5, 5, 3))
    rng = np.random.default_rng(0)
    for weight in layer.weights:
        weight.assign(0.5 + rng.random(weight.shape))
    return layer


def trained(model, x, is_fused):
    """Returns outputs, gradients, moving averages and kinds of operations."""

    def step(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            if is_fused:
                with fused(model):
                    y = model(x, training=True)
            else:
                y = model(x, training=True)
            loss = tf.reduce_sum(y**3)
        variables = [v.value for v in model.trainable_variables]
        return y, tape.gradient(loss, [x, *variables])

    function = tf.function(step, autograph=False)
    y, gradients = function(tf.constant(x))
    graph = function.get_concrete_function(tf.TensorSpec(x.shape)).graph
    kinds = [operation.type for operation in graph.get_operations()]
    averages = [v.numpy() for v in model.non_trainable_variables]
    return [y, *gradients, *averages], kinds


def make_model(**arguments):
    keras.utils.clear_session()
    inputs = keras.Input((5, 5, 3))
    return keras.Model(inputs, make_layer(**arguments)(inputs))


def test_one_kernel_computes_what_keras_computes():
    x = np.random.default_rng(1).normal(2, 3, (4, 5, 5, 3)).astype(np.float32)
    wanted, plain = trained(make_model(), x, is_fused=False)
    model = make_model()
    found, kinds = trained(model, x, is_fused=True)
    assert "FusedBatchNormV3" in kinds and "FusedBatchNormV3" not in plain
    for value, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(value, other, rtol=1e-3, atol=1e-4)
    assert not any("call" in vars(layer) for layer in model.layers)


@pytest.mark.parametrize(
    "arguments",
    [{"scale": False}, {"center": False}, {"axis": 1}, {"trainable": False}],
    ids=str,
)
def test_other_layers_stay_what_they_are(arguments):
    x = np.random.default_rng(1).normal(2, 3, (4, 5, 5, 5)).astype(np.float32)

    def model():
        keras.utils.clear_session()
        inputs = keras.Input((5, 5, 5))
        layer = keras.layers.BatchNormalization(**arguments)
        return keras.Model(inputs, layer(inputs))

    wanted, plain = trained(model(), x, is_fused=False)
    found, kinds = trained(model(), x, is_fused=True)
    assert kinds == plain
    for value, other in zip(found, wanted, strict=True):
        if value is not None:
            np.testing.assert_allclose(value, other, rtol=1e-5)
