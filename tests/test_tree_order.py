"""Cells that are mirror images have the same order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nas_tf.specs.tree import NAS_CELL
from nas_tf.specs.tree import TreeSpec
from nas_tf.specs.tree_order import ordered
from tests.trees import specs


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
