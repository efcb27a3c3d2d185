"""Tests of steps that are functions of a model's variables, on JAX."""

import keras
import numpy as np
import pytest

from nas_tf.training import stateless
from tests.backends import BACKEND
from tests.backends import array

pytestmark = pytest.mark.skipif(
    BACKEND != "jax", reason="only JAX compiles such steps"
)


def make_model():
    keras.utils.clear_session()
    keras.utils.set_random_seed(1)
    inputs = keras.Input((3,))
    x = keras.layers.BatchNormalization(momentum=0.5)(inputs)
    return keras.Model(inputs, keras.layers.Dense(1)(x))


def make_step(model, rate=0.1):
    optimizer = keras.optimizers.SGD(rate)
    optimizer.build(model.trainable_variables)

    def loss(x):
        mean = keras.ops.mean(model(x["x"], training=True) ** 2)
        return mean, {"mean": mean}

    return stateless.TrainingStep(model, optimizer, loss), optimizer


def batch(seed=0):
    x = np.random.default_rng(seed).normal(size=(4, 3)) + 2
    return {"x": x.astype(np.float32)}


def test_variables_change_when_an_epoch_ends():
    model = make_model()
    before = [array(v).copy() for v in model.variables]
    step, optimizer = make_step(model)
    with step.epoch() as take:
        means = [float(take(batch())["mean"]) for _ in range(5)]
        for variable, value in zip(model.variables, before):
            np.testing.assert_array_equal(array(variable), value)
    assert means == sorted(means, reverse=True)
    assert int(array(optimizer.iterations)) == 5
    # Scale and kernel are trained, moving averages follow the batches.
    moved = [
        np.abs(array(variable) - value).max()
        for variable, value in zip(model.variables, before)
    ]
    assert sum(change > 1e-4 for change in moved) >= 4


def test_an_epoch_broken_off_leaves_the_variables():
    model = make_model()
    before = [array(v).copy() for v in model.variables]
    step, _ = make_step(model)
    with pytest.raises(OSError), step.epoch() as take:
        take(batch())
        raise OSError
    for variable, value in zip(model.variables, before):
        np.testing.assert_array_equal(array(variable), value)


def test_a_compiled_function_reads_the_current_values():
    model = make_model()
    function = stateless.compiled(
        model, lambda x: model(x["x"], training=False)
    )
    for factor in (1, 3):
        model.layers[-1].kernel.assign(factor * np.ones((3, 1)))
        wanted = array(model(batch()["x"], training=False))
        np.testing.assert_allclose(function(batch()), wanted, rtol=1e-5)
