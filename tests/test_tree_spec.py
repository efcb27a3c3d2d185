"""Recurrent cells as trees, and their equations."""

import json

import pytest
from hypothesis import given

from nas_tf.errors import UsageError
from nas_tf.specs.tree import NAS_CELL
from nas_tf.specs.tree import TreeSpec
from nas_tf.specs.tree import pairs
from tests.trees import EXAMPLE
from tests.trees import specs


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
