"""Layers of shared cells take numbers of choices, or mixtures of them."""

import keras
import numpy as np
import pytest

from nas_tf.layers.shared_operation import SharedOperation
from nas_tf.layers.shared_output import SharedOutput
from nas_tf.specs.enas_published import MICRO_OPERATIONS

RNG = np.random.default_rng(0)
STATES = list(RNG.normal(size=(3, 2, 4, 4, 2)).astype("float32"))
NUM_OPERATIONS = len(MICRO_OPERATIONS)


def computed(layer, states, actions):
    return keras.ops.convert_to_numpy(layer([*states, actions]))


def one_hot(actions, size=NUM_OPERATIONS):
    return np.eye(size, dtype="float32")[list(actions)]


def test_a_mixture_is_the_weighted_sum_of_all_choices():
    layer = SharedOperation(MICRO_OPERATIONS, 0, 1)
    shares = np.zeros((2, NUM_OPERATIONS), "float32")
    shares[0, :3] = 0.5, 0.2, 0.3
    shares[1] = 0.1, 0.2, 0.4, 0.25, 0.05
    wanted = sum(
        shares[0, state]
        * shares[1, operation]
        * computed(layer, STATES, np.array((state, operation), "int32"))
        for state in range(3)
        for operation in range(NUM_OPERATIONS)
    )
    found = computed(layer, STATES, shares)
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_what_is_no_decision_has_no_weight():
    """One operation alone, and one state alone."""
    action = np.array((1,), "int32")
    layer = SharedOperation(MICRO_OPERATIONS[:1], 0, None)
    found = computed(layer, STATES, one_hot(action))
    wanted = computed(layer, STATES, action)
    np.testing.assert_allclose(found, wanted, atol=1e-6)
    layer = SharedOperation(MICRO_OPERATIONS, None, 0)
    found = computed(layer, STATES[:1], one_hot(action))
    wanted = computed(layer, STATES[:1], action)
    np.testing.assert_allclose(found, wanted, atol=1e-6)


@pytest.mark.parametrize("choices", [2, 3, 5])
def test_a_state_of_a_mixture_is_as_loose_as_it_is_probable(choices):
    layer = SharedOutput((0, 1))
    for actions in ((0, 0), (0, 1), (1, 1)):
        found = computed(layer, STATES, one_hot(actions, choices))
        wanted = computed(layer, STATES, np.array(actions, "int32"))
        np.testing.assert_allclose(found, wanted, atol=1e-6)
    shares = np.zeros((2, choices), "float32")
    shares[:, :2] = (0.25, 0.75), (0.5, 0.5)
    loose = keras.ops.convert_to_numpy(layer._loose(3, shares))
    np.testing.assert_allclose(loose, (0.75 * 0.5, 0.25 * 0.5, 1), rtol=1e-6)
