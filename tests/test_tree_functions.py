"""What a tree computes, and its derivatives against automatic ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from keras import ops

from nas_tf.layers import tree_functions
from nas_tf.specs.tree import NAS_CELL
from tests.backends import array
from tests.backends import gradients
from tests.recurrent import assert_close
from tests.recurrent import normal
from tests.recurrent import sigmoid
from tests.trees import EXAMPLE
from tests.trees import specs

UNITS = 3


def given_to(spec, seed=0):
    """Returns inputs, recurrent products and cell state for a step."""
    inputs, recurrent = (
        [normal(2, UNITS, seed=seed + i + 50 * k) for i in range(spec.base)]
        for k in range(2)
    )
    return inputs, recurrent, normal(2, UNITS, seed=99)


def tensors(arrays):
    inputs, recurrent, cell_state = arrays
    return (
        [ops.convert_to_tensor(x) for x in inputs],
        [ops.convert_to_tensor(x) for x in recurrent],
        ops.convert_to_tensor(cell_state),
    )


def test_the_papers_example_by_hand():
    inputs, recurrent, c = given_to(EXAMPLE)
    step = tree_functions.run(EXAMPLE, *tensors((inputs, recurrent, c)))
    a0 = np.maximum(np.tanh(inputs[0] + recurrent[0]) + c, 0)
    v1 = inputs[1] * recurrent[1]
    assert_close([step.cell_state], [v1])
    assert_close([step.output], [sigmoid(a0 * np.maximum(v1, 0))])


@pytest.mark.parametrize("name", tree_functions.ACTIVATIONS)
def test_functions_are_numpys(name):
    x = normal(4, 5)
    wanted = {
        "identity": x,
        "tanh": np.tanh(x),
        "sigmoid": sigmoid(x),
        "relu": np.maximum(x, 0),
        "sin": np.sin(x),
    }[name]
    found = tree_functions.ACTIVATIONS[name](ops.convert_to_tensor(x))
    assert_close([found], [wanted])


def check_slopes(spec):
    """Compares the written derivatives with automatic ones.

    Whatever lies below the node of the new c reaches the output through that
    node's value only.
    """
    inputs, recurrent, cell_state = given_to(spec)
    arguments = tensors((inputs, recurrent, cell_state))
    step = tree_functions.run(spec, *arguments)
    slopes = tree_functions.slopes(spec, *arguments, step)
    ones = np.ones((2, UNITS), "float32")

    def loss(*flat):
        step = tree_functions.run(
            spec, flat[: spec.base], flat[spec.base : -1], flat[-1]
        )
        return ops.sum(step.output)

    flat = [*inputs, *recurrent, cell_state]
    found = []
    sides = [*slopes.below, *slopes.below, slopes.injected_below]
    parts = [*slopes.inputs, *slopes.recurrent, slopes.cell_state]
    for part, below in zip(parts, sides, strict=True):
        through = array(slopes.through) if below else 1.0
        found.append(ones * array(part) * through)
    assert_close(found, gradients(loss, [], flat))


def test_slopes_of_the_papers_cell():
    check_slopes(NAS_CELL)


@given(specs(max_base=5))
@settings(max_examples=15, deadline=None)
def test_slopes_of_any_cell(spec):
    check_slopes(spec)
