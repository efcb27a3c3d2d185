import io
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from PIL import Image

from nas_tf import drawing
from nas_tf.errors import UsageError
from nas_tf.specs import tree
from nas_tf.specs.tree import NAS_CELL
from nas_tf.specs.tree import TreeSpec
from nas_tf.specs.tree import pairs
from nas_tf.specs.tree_order import ordered

# Zoph & Le 2017, figure 5.
EXAMPLE = TreeSpec(
    nodes=(("add", "tanh"), ("elem_mult", "relu"), ("elem_mult", "sigmoid")),
    inject=("add", "relu"),
    inject_index=0,
    cell_index=1,
)
FUNCTIONS = st.tuples(
    st.sampled_from(tree.ALL_COMBINATIONS),
    st.sampled_from(tree.ALL_ACTIVATIONS),
)


@st.composite
def specs(draw, min_base=1, max_base=9):
    count = 2 * draw(st.integers(min_base, max_base)) - 1
    nodes = draw(st.lists(FUNCTIONS, min_size=count, max_size=count))
    numbers = st.integers(0, count - 1)
    return TreeSpec(tuple(nodes), draw(FUNCTIONS), draw(numbers), draw(numbers))


def test_the_papers_example():
    assert EXAMPLE.base == 2
    assert EXAMPLE.lines() == [
        "a0 = tanh(W0 x + U0 h)",
        "a0' = relu(a0 + c)",
        "a1 = relu((W1 x) * (U1 h))",
        "a2 = sigmoid(a0' * a1)",
        "new c = (W1 x) * (U1 h)",
        "new h = a2",
    ]
    assert EXAMPLE.describe() == "; ".join(EXAMPLE.lines())


def test_the_papers_cell():
    assert NAS_CELL.lines() == [
        "a0 = sigmoid(W0 x + U0 h)",
        "a1 = relu(W1 x + U1 h)",
        "a2 = sigmoid(W2 x + U2 h)",
        "a3 = relu((W3 x) * (U3 h))",
        "a4 = tanh(W4 x + U4 h)",
        "a5 = sigmoid(W5 x + U5 h)",
        "a6 = tanh(W6 x + U6 h)",
        "a7 = sigmoid(W7 x + U7 h)",
        "a8 = tanh(a0 * a1)",
        "a8' = tanh(a8 + c)",
        "a9 = tanh(a2 + a3)",
        "a10 = tanh(a4 * a5)",
        "a11 = sigmoid(a6 + a7)",
        "a12 = a8' * a9",
        "a13 = tanh(a10 + a11)",
        "a14 = tanh(a12 * a13)",
        "new c = a8' * a9",
        "new h = a14",
    ]


def test_what_joins_at_the_root_is_in_the_output_only():
    spec = TreeSpec(EXAMPLE.nodes, ("max", "sin"), 2, 2)
    assert spec.lines()[-4:] == [
        "a2 = sigmoid(a0 * a1)",
        "a2' = sin(max(a2, c))",
        "new c = a0 * a1",
        "new h = a2'",
    ]


@given(specs())
def test_json_round_trip(spec):
    assert TreeSpec.from_json(json.loads(json.dumps(spec.to_json()))) == spec


PAIRS = {
    1: (),
    2: ((0, 1),),
    3: ((0, 1), (3, 2)),
    4: ((0, 1), (2, 3), (4, 5)),
    5: ((0, 1), (2, 3), (5, 6), (7, 4)),
    6: ((0, 1), (2, 3), (4, 5), (6, 7), (9, 8)),
    8: ((0, 1), (2, 3), (4, 5), (6, 7), (8, 9), (10, 11), (12, 13)),
}


@pytest.mark.parametrize("base", range(1, 10))
def test_pairs_use_each_node_once_and_end_in_the_root(base):
    found = pairs(base)
    assert found == PAIRS.get(base, found)
    used = [node for pair in found for node in pair]
    assert sorted(used) == list(range(2 * base - 2))
    depths = [0] * base
    for number, pair in enumerate(found, base):
        assert max(pair) < number
        depths.append(1 + max(depths[node] for node in pair))
    # Nodes are numbered level by level, and there are no more than needed.
    assert depths == sorted(depths)
    assert depths[-1] == (base - 1).bit_length()


GOOD = EXAMPLE.to_json()
ADD = ["add", "tanh"]


@pytest.mark.parametrize(
    "data",
    [
        {**GOOD, "nodes": [["sub", "tanh"], *GOOD["nodes"][1:]]},
        {**GOOD, "nodes": [["add", "elu"], *GOOD["nodes"][1:]]},
        {**GOOD, "nodes": [["tanh", "add"], *GOOD["nodes"][1:]]},
        {**GOOD, "nodes": [["add"], *GOOD["nodes"][1:]]},
        {**GOOD, "nodes": [["add", "tanh", "tanh"], *GOOD["nodes"][1:]]},
        {**GOOD, "nodes": [[["add"], "tanh"], *GOOD["nodes"][1:]]},
        {**GOOD, "nodes": [3, *GOOD["nodes"][1:]]},
        {**GOOD, "nodes": ["add, tanh\n", *GOOD["nodes"][1:]]},
        {**GOOD, "nodes": []},
        {**GOOD, "nodes": [ADD] * 2},
        {**GOOD, "nodes": [ADD] * 4},
        {**GOOD, "nodes": "add"},
        {**GOOD, "nodes": {"add": "tanh"}},
        {**GOOD, "nodes": None},
        {**GOOD, "inject": ["add", "softmax"]},
        {**GOOD, "inject": None},
        {**GOOD, "inject": "add"},
        *(
            {**GOOD, name: index}
            for name in ("inject_index", "cell_index")
            for index in (3, -1, True, 1.0, "1", None, [1])
        ),
        {**GOOD, "base": 2},
        {**GOOD, 3: 2},
        {name: GOOD[name] for name in ("nodes", "inject", "cell_index")},
        {},
        [],
        None,
        "tree",
        3,
    ],
    ids=str,
)
def test_what_is_no_tree_is_refused(data):
    with pytest.raises(UsageError, match="^Expected .*Received: ") as caught:
        TreeSpec.from_json(data)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "nodes", [list(EXAMPLE.nodes), (), EXAMPLE.nodes[:2], ["add"], None]
)
def test_nodes_that_are_no_tree_are_refused(nodes):
    with pytest.raises(UsageError, match="nodes"):
        TreeSpec(nodes, EXAMPLE.inject, 0, 0)


@given(specs())
def test_every_step_of_the_picture_is_there_once(spec):
    graph = spec.graph()
    count = len(graph.labels)
    assert len(graph.positions) == len(set(graph.positions)) == count
    assert all(a < b < count for a, b in graph.edges)
    # Nodes, the injection and its c, new c and new h.
    assert count == len(spec.nodes) + 4
    assert len(graph.edges) == 2 * (spec.base - 1) + 4
    lines = {" ".join(label.split()) for label in graph.labels}
    assert "c" in lines
    assert lines - {"c"} == {
        f"{name} = {value}"
        if activation == "identity"
        else f"{name} = {activation} of {value}"
        for name, activation, value in spec.steps()
    }
    reads = {graph.labels[b] for a, b in graph.edges if graph.labels[a] == "c"}
    [joined] = reads
    assert joined.startswith(f"a{spec.inject_index}' =")


@given(specs())
def test_arrows_lead_down_or_aside_and_do_not_cross_boxes(spec):
    graph = spec.graph()
    places = graph.positions
    for a, b in graph.edges:
        (left, top), (right, bottom) = places[a], places[b]
        assert top < bottom or graph.labels[a] == "c"
        for label, (column, row) in zip(graph.labels, places):
            if top < row < bottom:
                share = (row - top) / (bottom - top)
                passed = left + share * (right - left)
                # A box is less than a column wide, that of c much less.
                assert abs(passed - column) >= (0.2 if label == "c" else 0.5)


@given(specs(max_base=5))
@settings(max_examples=5, deadline=None)
def test_a_picture_has_blank_margins(spec):
    file = io.BytesIO()
    drawing.draw(spec.graph(), file)
    with Image.open(file) as picture:
        pixels = np.array(picture.convert("L"))
    border = [pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]
    assert (np.concatenate(border) == 255).all()
    assert (pixels < 255).any()


def mirror(spec, place):
    """Returns a spec with the branches of an inner node exchanged."""
    moved = dict(zip(range(len(spec.nodes)), range(len(spec.nodes))))
    exchanged = [spec.children[place - spec.base]]
    while exchanged:
        left, right = exchanged.pop()
        moved[left], moved[right] = right, left
        if left >= spec.base:
            below = (spec.children[i - spec.base] for i in (left, right))
            exchanged.extend(zip(*below))
    return TreeSpec(
        tuple(spec.nodes[moved[i]] for i in range(len(spec.nodes))),
        spec.inject,
        moved[spec.inject_index],
        moved[spec.cell_index],
    )


@given(specs(2), st.data())
def test_mirrored_cells_have_one_order(spec, data):
    full = [
        number
        for number, pair in enumerate(spec.children, spec.base)
        if _leaves(spec, pair[0]) == _leaves(spec, pair[1])
    ]
    other = mirror(spec, data.draw(st.sampled_from(full)))
    assert ordered(other) == ordered(spec)
    assert ordered(ordered(spec)) == ordered(spec)
    assert sorted(ordered(spec).nodes) == sorted(spec.nodes)


def _leaves(spec, index):
    if index < spec.base:
        return 1
    return sum(_leaves(spec, i) for i in spec.children[index - spec.base])


def test_mirrored_cells_compute_the_same():
    other = mirror(NAS_CELL, 14)
    assert other != NAS_CELL
    assert (other.inject_index, other.cell_index) == (10, 13)
    assert other.nodes[4:8] == NAS_CELL.nodes[:4]
    assert ordered(other) == ordered(NAS_CELL)


def test_branches_of_unequal_shape_stay_where_they_are():
    # Both of the root's branches end in the same functions.
    nodes = (("add", "tanh"), ("add", "relu"), ("add", "sin"))
    nodes += (("add", "sin"), ("max", "tanh"))
    spec = TreeSpec(nodes, ("add", "tanh"), 2, 3)
    assert ordered(spec).nodes[2:] == spec.nodes[2:]
    assert set(ordered(spec).nodes[:2]) == set(spec.nodes[:2])


@pytest.mark.parametrize(
    "change",
    [{"inject_index": 9}, {"cell_index": 13}, {"inject": ("max", "tanh")}],
)
def test_other_cells_have_another_order(change):
    other = TreeSpec.from_json({**NAS_CELL.to_json(), **change})
    assert ordered(other) != ordered(NAS_CELL)
