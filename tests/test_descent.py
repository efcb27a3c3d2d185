"""The steps of `_descent` are those that Keras's own `apply` makes."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from nas_tf.strategies._descent import Descent
from tests.strategies import flat

SHAPES = [(3, 4), (4,), (1,)]


def variables(seed):
    rng = np.random.default_rng(seed)
    values = [rng.normal(size=shape) for shape in SHAPES]
    return [keras.Variable(value, dtype="float32") for value in values]


@pytest.mark.parametrize("clip_norm", [None, 0.05])
@pytest.mark.parametrize("accumulate", [1, 2, 3])
def test_steps_are_those_of_kerass_own_apply(clip_norm, accumulate):
    reference = keras.optimizers.Adam(
        0.02,
        global_clipnorm=clip_norm,
        gradient_accumulation_steps=accumulate if accumulate > 1 else None,
    )
    expected, found = variables(0), variables(0)
    reference.build(expected)
    descent = Descent(keras.optimizers.Adam(0.02), found, clip_norm, accumulate)
    apply = tf.function(descent.apply)
    rng = np.random.default_rng(1)
    for number in range(1, 7):
        gradients = [
            tf.constant(rng.normal(size=shape), tf.float32) for shape in SHAPES
        ]
        before = flat(found)
        reference.apply(gradients, expected)
        is_last = number % accumulate == 0
        apply(gradients, tf.constant(is_last))
        assert (flat(found) != before).any() == is_last
        np.testing.assert_allclose(flat(found), flat(expected), atol=1e-6)
    assert int(descent.optimizer.iterations) == 6 // accumulate


def test_variables_are_all_that_a_step_depends_on():
    rng = np.random.default_rng(2)
    gradients = [
        [tf.constant(rng.normal(size=s), tf.float32) for s in SHAPES]
        for _ in range(3)
    ]
    found = []
    for _ in range(2):
        weights = variables(0)
        descent = Descent(keras.optimizers.Adam(0.02), weights, None, 2)
        found.append((weights, descent))
    (first, one), (second, other) = found
    for batch, is_last in zip(gradients, (False, True, False)):
        one.apply(batch, tf.constant(is_last))
    for source, target in zip(first + one.variables, second + other.variables):
        target.assign(source)
    for each in (one, other):
        each.apply(gradients[0], tf.constant(True))
    np.testing.assert_array_equal(flat(first), flat(second))
