"""Momentum that leaves alone what a step does not use."""

import keras
import numpy as np
import pytest

from nas_tf.training.sparse_momentum import SparseMomentum

RNG = np.random.default_rng(0)
GRADIENTS = RNG.normal(size=(4, 2, 3)).astype("float32")
START = RNG.normal(size=(2, 3)).astype("float32")


def moved(optimizer, gradients):
    """Returns the values of a variable after each step."""
    variable = keras.Variable(START)
    optimizer.build([variable])
    values = []
    for gradient in gradients:
        gradient = keras.ops.convert_to_tensor(gradient)
        optimizer.apply([gradient], [variable])
        values.append(np.array(keras.ops.convert_to_numpy(variable.value)))
    return values


@pytest.mark.parametrize("clip", [None, 0.5])
def test_weights_in_use_move_as_with_nesterov_momentum(clip):
    ours = moved(SparseMomentum(0.1, 0.8, global_clipnorm=clip), GRADIENTS)
    keras_own = keras.optimizers.SGD(0.1, 0.8, True, global_clipnorm=clip)
    np.testing.assert_allclose(ours, moved(keras_own, GRADIENTS), atol=1e-6)


def test_a_step_without_them_leaves_no_trace():
    gaps = np.zeros((7, 2, 3), "float32")
    gaps[::2] = GRADIENTS
    options = {"momentum": 0.8, "decay": 0.01}
    sparse = moved(SparseMomentum(0.1, **options), gaps)
    np.testing.assert_array_equal(
        sparse[::2], moved(SparseMomentum(0.1, **options), GRADIENTS)
    )
    for before, after in zip(sparse[::2], sparse[1::2]):
        np.testing.assert_array_equal(before, after)


def test_rows_of_one_variable_are_used_by_themselves():
    gradients = GRADIENTS.copy()
    gradients[1:, 1] = 0
    values = moved(SparseMomentum(0.1, 0.8, 0.01), gradients)
    whole = moved(SparseMomentum(0.1, 0.8, 0.01), GRADIENTS)
    np.testing.assert_array_equal(values[-1][1], whole[0][1])
    np.testing.assert_allclose(values[-1][0], whole[-1][0], atol=1e-6)


def test_decay_is_added_to_the_gradient():
    [value] = moved(SparseMomentum(0.1, 0.0, 0.01), GRADIENTS[:1])
    expected = START - 0.1 * (GRADIENTS[0] + 0.01 * START)
    np.testing.assert_allclose(value, expected, atol=1e-6)
