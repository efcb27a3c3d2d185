"""Adam that leaves alone what a step does not use."""

import keras
import numpy as np

from nas_tf.training.sparse_adam import SparseAdam
from tests.test_sparse_momentum import GRADIENTS
from tests.test_sparse_momentum import START
from tests.test_sparse_momentum import moved


def test_steps_are_those_of_adam_but_for_the_bias_of_the_mean():
    ours = moved(SparseAdam(0.1, epsilon=1e-12), GRADIENTS)
    adam = moved(keras.optimizers.Adam(0.1, epsilon=1e-12), GRADIENTS)
    steps = np.diff([START, *adam], axis=0)
    biases = 1 - 0.9 ** np.arange(1, len(GRADIENTS) + 1)
    expected = START + np.cumsum(steps * biases[:, None, None], axis=0)
    np.testing.assert_allclose(ours, expected, atol=1e-5)


def test_steps_between_leave_values_and_mean_gradients():
    gaps = np.zeros((7, 2, 3), "float32")
    gaps[::2] = GRADIENTS
    options = {"beta_2": 0.99, "epsilon": 1e-12}
    sparse = moved(SparseAdam(0.1, **options), gaps)
    for before, after in zip(sparse[::2], sparse[1::2]):
        np.testing.assert_array_equal(before, after)
    # The mean of squares is over all steps, and so it is smaller.
    mean, square, value = 0.0, 0.0, START
    for number, gradient in enumerate(gaps, 1):
        square = 0.99 * square + 0.01 * gradient**2
        if gradient.any():
            mean = 0.9 * mean + 0.1 * gradient
            root = np.sqrt(square / (1 - 0.99**number))
            value = value - 0.1 * mean / root
        np.testing.assert_allclose(sparse[number - 1], value, atol=1e-5)


def test_decay_is_decoupled_and_of_what_is_used():
    gradient = GRADIENTS[:1].copy()
    gradient[0, 1] = 0
    [value] = moved(SparseAdam(0.1, decay=0.5), gradient)
    [without] = moved(SparseAdam(0.1), gradient)
    np.testing.assert_allclose(
        value[0], without[0] - 0.1 * 0.5 * START[0], atol=1e-6
    )
    np.testing.assert_array_equal(value[1], START[1])
