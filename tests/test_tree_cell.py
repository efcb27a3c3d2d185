import json

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nas_tf.errors import UsageError
from nas_tf.layers.tree_cell import TreeCell
from nas_tf.layers.tree_rnn import TreeRNN
from nas_tf.specs import tree
from nas_tf.specs.tree import NAS_CELL
from nas_tf.specs.tree import TreeSpec
from tests.backends import BACKEND
from tests.backends import IS_DOUBLE
from tests.backends import PRECISE
from tests.backends import PRECISION
from tests.backends import array
from tests.recurrent import all_gradients
from tests.recurrent import assert_close
from tests.recurrent import nas_cell
from tests.recurrent import normal
from tests.recurrent import plain
from tests.recurrent import randomise
from tests.recurrent import sigmoid
from tests.recurrent import start
from tests.recurrent import unrolled

# Zoph & Le 2017, figure 5.
EXAMPLE = TreeSpec(
    nodes=(("add", "tanh"), ("elem_mult", "relu"), ("elem_mult", "sigmoid")),
    inject=("add", "relu"),
    inject_index=0,
    cell_index=1,
)
BOTH = {"return_sequences": True, "return_state": True}
COMBINE = {"add": np.add, "elem_mult": np.multiply, "max": np.maximum}
ACTIVATE = {
    "identity": lambda value: value,
    "tanh": np.tanh,
    "sigmoid": sigmoid,
    "relu": lambda value: np.where(value > 0, value, 0),
    "sin": np.sin,
}
# Where single precision rounds two saturated numbers to the same, which of them
# is the larger, and has the gradient, is chance.
DRAWN = [c for c in tree.ALL_COMBINATIONS if IS_DOUBLE or c != "max"]
FUNCTIONS = st.tuples(
    st.sampled_from(DRAWN),
    st.sampled_from(tree.ALL_ACTIVATIONS),
)


@st.composite
def specs(draw):
    count = 2 * draw(st.integers(1, 8)) - 1
    nodes = draw(st.lists(FUNCTIONS, min_size=count, max_size=count))
    numbers = st.integers(0, count - 1)
    return TreeSpec(tuple(nodes), draw(FUNCTIONS), draw(numbers), draw(numbers))


def interpreter(spec):
    """Returns a function that computes a step of a spec in NumPy.

    Written from the documentation of `TreeSpec`, level by level.
    """

    def step(weights, x, h, c):
        recurrent = h @ weights["recurrent_kernel"]
        if weights["bias"] is not None:
            recurrent = recurrent + weights["bias"]
        base = (len(spec.nodes) + 1) // 2
        columns = recurrent.shape[1] // base
        heard = x @ weights["kernel"]
        done = {}

        def node(number, left, right):
            combination, activation = spec.nodes[number]
            value = COMBINE[combination](left, right)
            output = ACTIVATE[activation](value)
            if number == spec.inject_index:
                combination, activation = spec.inject
                output = ACTIVATE[activation](COMBINE[combination](output, c))
            done[number] = value
            return output

        def climb(level, number):
            if len(level) == 1:
                return level[0]
            above = []
            while len(level) > 1:
                left, right, *level = level
                above.append(node(number, left, right))
                number += 1
            return climb([*above, *level], number)

        leaves = []
        for leaf in range(base):
            part = slice(leaf * columns, (leaf + 1) * columns)
            leaves.append(node(leaf, heard[:, part], recurrent[:, part]))
        output = climb(leaves, base)
        if weights["projection_weights"] is not None:
            output = output @ weights["projection_weights"]
        return output, done[spec.cell_index]

    return step


def test_the_interpreter_of_these_tests_knows_the_papers_cell():
    weights = randomise(TreeCell(NAS_CELL, 4, 3, True), 5)
    states = [normal(2, 3), normal(2, 4)]
    assert_close(
        interpreter(NAS_CELL)(weights, normal(2, 5), *states),
        nas_cell(weights, normal(2, 5), *states),
    )


def test_the_papers_example_by_hand():
    cell = TreeCell(EXAMPLE, 2)
    cell.build((None, 3))
    w0, w1, u0, u1 = (normal(n, 2, seed=n) for n in (3, 3, 2, 2))
    w1, u1 = w1[::-1], 2 * u1
    cell.kernel.assign(np.concatenate([w0, w1], 1))
    cell.recurrent_kernel.assign(np.concatenate([u0, u1], 1))
    x, h, c = normal(4, 3), normal(4, 2, seed=1), normal(4, 2, seed=2)
    output, states = cell(x, [h, c])
    a0 = np.tanh(x @ w0 + h @ u0)
    a0 = np.maximum(a0 + c, 0)
    a1 = np.maximum((x @ w1) * (h @ u1), 0)
    new_h = 1 / (1 + np.exp(-a0 * a1))
    new_c = (x @ w1) * (h @ u1)
    assert_close([output, *states], [new_h, new_h, new_c])


# JAX compiles each cell separately, which takes a second or more.
SHARE = 0.1 if BACKEND == "jax" else 1
PROJECTIONS = st.sampled_from([None, 1, 3])


def build(spec, projection, use_bias):
    """Returns a cell and its weights, in double precision where there is.

    Products of eight numbers differ much in size.
    """
    cell = TreeCell(spec, 2, projection, use_bias, dtype=PRECISE)
    return cell, randomise(cell, 3)


@settings(max_examples=int(40 * SHARE), derandomize=True, deadline=None)
@given(specs(), PROJECTIONS, st.booleans())
def test_every_sentence_is_what_it_says(spec, projection, use_bias):
    cell, weights = build(spec, projection, use_bias)
    x, states = normal(2, 3), start(cell, 2)
    x, *states = (value.astype(PRECISE) for value in (x, *states))
    output, new = cell(x, states)
    h, c = interpreter(spec)(weights, x, *states)
    assert_close([output, *new], [h, h, c], PRECISION)


SEQUENCES = (
    specs(),
    PROJECTIONS,
    st.booleans(),
    st.integers(1, 4),
    st.booleans(),
)


@settings(max_examples=int(10 * SHARE), derandomize=True, deadline=None)
@given(*SEQUENCES)
def test_every_sentence_reads_and_learns(spec, size, bias, length, backwards):
    check_reads_and_learns(spec, size, bias, length, backwards)


@pytest.mark.slow
@settings(max_examples=int(40 * SHARE), deadline=None)
@given(*SEQUENCES)
def test_many_more_sentences_read_and_learn(
    spec, size, bias, length, backwards
):
    check_reads_and_learns(spec, size, bias, length, backwards)


def check_reads_and_learns(spec, projection, use_bias, length, backwards):
    cell, weights = build(spec, projection, use_bias)
    sequences = normal(2, length, 3).astype(PRECISE)
    states = [state.astype(PRECISE) for state in start(cell, 2)]
    layer = TreeRNN(cell, go_backwards=backwards, dtype=PRECISE, **BOTH)
    layer.build(sequences.shape)
    found = layer(sequences, initial_state=states)
    read = sequences[:, ::-1] if backwards else sequences
    wanted = unrolled(interpreter(spec), weights, read, states)
    assert_close(found, wanted, PRECISION)
    found = all_gradients(layer, sequences, states)
    assert all(np.isfinite(gradient).all() for gradient in found)
    wanted = all_gradients(plain(layer), sequences, states)
    assert_close(found, wanted, PRECISION)


@pytest.mark.parametrize("combination", tree.ALL_COMBINATIONS)
@pytest.mark.parametrize("activation", tree.ALL_ACTIVATIONS)
def test_a_cell_of_one_leaf(combination, activation):
    spec = TreeSpec(((combination, activation),), ("max", "sin"), 0, 0)
    cell = TreeCell(spec, 2)
    weights = randomise(cell, 3)
    x, states = normal(2, 3), start(cell, 2)
    left = x @ weights["kernel"]
    right = states[0] @ weights["recurrent_kernel"]
    c = COMBINE[combination](left, right)
    h = np.sin(np.maximum(ACTIVATE[activation](c), states[1]))
    assert_close(cell(x, states)[1], [h, c])


@pytest.mark.parametrize("kind", ["spec", "dict", "json"])
def test_a_spec_may_come_as_what_it_is_written_as(kind):
    forms = {
        "spec": EXAMPLE,
        "dict": EXAMPLE.to_json(),
        "json": json.loads(json.dumps(EXAMPLE.to_json())),
    }
    assert TreeCell(forms[kind], 2).spec == EXAMPLE


@pytest.mark.parametrize(
    "layer",
    [
        lambda: TreeCell(EXAMPLE, 4, 3, True, dropout=0.5, seed=1),
        lambda: TreeRNN(TreeCell(EXAMPLE, 4, 3, True), **BOTH),
        lambda: keras.layers.RNN([TreeCell(EXAMPLE, 4), TreeCell(NAS_CELL, 2)]),
        lambda: keras.layers.Bidirectional(TreeRNN(TreeCell(EXAMPLE, 4))),
    ],
    ids=["cell", "layer", "stack", "both ways"],
)
def test_a_layer_is_what_its_configuration_says(layer):
    layer = layer()
    config = json.loads(json.dumps(keras.layers.serialize(layer)))
    same = keras.layers.deserialize(config)
    assert keras.layers.serialize(same) == keras.layers.serialize(layer)
    x = normal(2, 5) if isinstance(layer, TreeCell) else normal(2, 6, 5)
    call = [x]
    if isinstance(layer, TreeCell):
        call.append(start(layer, 2))
    layer(*call)
    same(*call)
    same.set_weights(layer.get_weights())
    found, wanted = (keras.tree.flatten(it(*call)) for it in (same, layer))
    assert_close(found, wanted, 1e-6)


def test_weights_are_as_many_as_leaves():
    cell = TreeCell(EXAMPLE, 4, 3, True)
    cell.build((None, 5))
    assert [tuple(weight.shape) for weight in cell.weights] == [
        (5, 8),
        (3, 8),
        (4, 3),
        (8,),
    ]
    assert [array(state).shape for state in cell.get_initial_state(6)] == [
        (6, 3),
        (6, 4),
    ]


GOOD = EXAMPLE.to_json()


@pytest.mark.parametrize(
    "spec",
    [
        {**GOOD, "nodes": [["add", "elu"], *GOOD["nodes"][1:]]},
        {**GOOD, "nodes": [["sub", "tanh"], *GOOD["nodes"][1:]]},
        {**GOOD, "nodes": GOOD["nodes"][:2]},
        {**GOOD, "inject": ["add", "softmax"]},
        {**GOOD, "inject_index": 3},
        {**GOOD, "cell_index": -1},
        {},
        None,
        "nas",
    ],
    ids=str,
)
def test_what_is_no_tree_is_refused(spec):
    with pytest.raises(UsageError, match="^Expected .*Received: ") as caught:
        TreeCell(spec, 4)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "options", [{"units": 0}, {"projection": True}, {"dropout": 1.0}], ids=str
)
def test_sizes_and_rates_are_checked_as_in_nas_cell(options):
    with pytest.raises(UsageError, match=f"^Expected `{next(iter(options))}`"):
        TreeCell(EXAMPLE, **{"units": 4, **options})
