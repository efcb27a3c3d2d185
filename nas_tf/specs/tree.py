"""Recurrent cells in the tree language of Zoph & Le 2017, section 3.4.

A cell of base b has b leaves, which read the input x and the previous output h,
and b - 1 inner nodes, each of which combines two nodes of a lower level. The
leaves have the first numbers, then the nodes are numbered level by level. The
last node is the root, whose output is the new h.
"""

from __future__ import annotations

import dataclasses
import typing

from nas_tf.checks import is_whole
from nas_tf.errors import UsageError
from nas_tf.specs.base import Spec
from nas_tf.specs.graph import Graph
from nas_tf.specs.tree_graph import tree_graph

COMBINATIONS = ("add", "elem_mult")
ACTIVATIONS = ("identity", "tanh", "sigmoid", "relu")
# Including those of the paper's control experiment (section 4.2).
ALL_COMBINATIONS = (*COMBINATIONS, "max")
ALL_ACTIVATIONS = (*ACTIVATIONS, "sin")

_SIGNS = {"add": "{} + {}", "elem_mult": "{} * {}", "max": "max({}, {})"}


@dataclasses.dataclass(frozen=True)
class TreeSpec(Spec):
    """A recurrent cell, as a tree of leaves and inner nodes.

    Attributes:
        nodes: Tuple with a pair `(combination, activation)` for each of the
            2b - 1 nodes of a tree of base b, b at least 1.
        inject: Pair `(combination, activation)` by which the previous cell
            state is combined with the output of node `inject_index`.
        inject_index: Number of that node, from 0 (the paper's second cell
            index).
        cell_index: Number of the node whose value before its activation, and
            before any injection, is the new cell state (the paper's first
            cell index).

    Raises:
        UsageError: If a function is unknown or a number is out of range.
    """

    nodes: tuple[tuple[str, str], ...]
    inject: tuple[str, str]
    inject_index: int
    cell_index: int

    def __post_init__(self):
        if not isinstance(self.nodes, tuple) or len(self.nodes) % 2 == 0:
            raise UsageError(
                "Expected a tree's `nodes` to be a tuple of 2b - 1 pairs. "
                f"Received: {self.nodes!r}"
            )
        for index, node in enumerate(self.nodes):
            _check_functions(f"node {index}", node)
        _check_functions("`inject`", self.inject)
        for name in ("inject_index", "cell_index"):
            index = getattr(self, name)
            if not is_whole(index, 0) or index >= len(self.nodes):
                raise UsageError(
                    f"Expected a tree's `{name}` from 0 to "
                    f"{len(self.nodes) - 1}. Received: {index!r}"
                )

    @property
    def base(self) -> int:
        """The number of leaves."""
        return (len(self.nodes) + 1) // 2

    @property
    def children(self) -> tuple[tuple[int, int], ...]:
        """Tuple of the two nodes that each inner node combines."""
        return pairs(self.base)

    def steps(self) -> list[tuple[str, str, str]]:
        """Returns the steps of the computation in order, the new c and h last.

        W and U are matrices, x is the input, h and c are the previous states.

        Returns:
            List of triples `(name, activation, value)`: the name of the
            result, and the activation that is applied to `value`, an
            expression of earlier names.
        """
        steps: list[tuple[str, str, str]] = []
        names: list[str] = []
        values: list[str] = []
        for index, (combination, activation) in enumerate(self.nodes):
            if index < self.base:
                left, right = f"W{index} x", f"U{index} h"
                if combination == "elem_mult":
                    left, right = f"({left})", f"({right})"
            else:
                left, right = (
                    names[node] for node in self.children[index - self.base]
                )
            values.append(_SIGNS[combination].format(left, right))
            name = f"a{index}"
            steps.append((name, activation, values[-1]))
            if index == self.inject_index:
                combination, activation = self.inject
                value = _SIGNS[combination].format(name, "c")
                name += "'"
                steps.append((name, activation, value))
            names.append(name)
        steps.append(("new c", "identity", values[self.cell_index]))
        steps.append(("new h", "identity", names[-1]))
        return steps

    def lines(self) -> list[str]:
        """Returns the `steps` as equations."""
        return [
            f"{name} = {_call(activation, value)}"
            for name, activation, value in self.steps()
        ]

    def describe(self) -> str:
        """Returns the equations on one line."""
        return "; ".join(self.lines())

    def graph(self) -> Graph:
        """Returns the `Graph` of the cell; see `tree_graph`."""
        return tree_graph(self)

    def to_json(self) -> dict:
        return {
            "nodes": [list(node) for node in self.nodes],
            "inject": list(self.inject),
            "inject_index": self.inject_index,
            "cell_index": self.cell_index,
        }

    @classmethod
    def from_json(cls, data: typing.Any) -> TreeSpec:
        """Returns the spec that `to_json` wrote, or raises `UsageError`."""
        names = [field.name for field in dataclasses.fields(cls)]
        if not isinstance(data, dict) or set(data) != set(names):
            raise UsageError(
                f"Expected a tree with {', '.join(names)}. Received: {data!r}"
            )
        nodes = data["nodes"]
        if not isinstance(nodes, (list, tuple)):
            raise UsageError(
                f"Expected a tree's `nodes` to be a list. Received: {nodes!r}"
            )
        return cls(
            tuple(_tuple(node) for node in nodes),
            _tuple(data["inject"]),
            data["inject_index"],
            data["cell_index"],
        )


def pairs(base: int) -> tuple[tuple[int, int], ...]:
    """Returns the two nodes that each inner node of a tree combines.

    The nodes of a level are paired from the left. If their number is odd, the
    last one is paired on the next level.

    Args:
        base: Number of leaves, at least 1.

    Returns:
        Tuple of base - 1 pairs of node numbers.
    """
    found: list[tuple[int, int]] = []
    level = list(range(base))
    while len(level) > 1:
        above = []
        for left, right in zip(level[::2], level[1::2]):
            above.append(base + len(found))
            found.append((left, right))
        if len(level) % 2:
            above.append(level[-1])
        level = above
    return tuple(found)


def _check_functions(where, functions):
    good = (
        isinstance(functions, tuple)
        and len(functions) == 2
        and functions[0] in ALL_COMBINATIONS
        and functions[1] in ALL_ACTIVATIONS
    )
    if not good:
        raise UsageError(
            f"Expected {where} of a tree to be a pair of one of "
            f"{ALL_COMBINATIONS} and one of {ALL_ACTIVATIONS}. Received: "
            f"{functions!r}"
        )


def _call(activation, value):
    return value if activation == "identity" else f"{activation}({value})"


def _tuple(value):
    return tuple(value) if isinstance(value, list) else value


# The cell found by the paper (appendix A, figure 8): NASCell.
NAS_CELL = TreeSpec(
    nodes=(
        ("add", "sigmoid"),
        ("add", "relu"),
        ("add", "sigmoid"),
        ("elem_mult", "relu"),
        ("add", "tanh"),
        ("add", "sigmoid"),
        ("add", "tanh"),
        ("add", "sigmoid"),
        ("elem_mult", "tanh"),
        ("add", "tanh"),
        ("elem_mult", "tanh"),
        ("add", "sigmoid"),
        ("elem_mult", "identity"),
        ("add", "tanh"),
        ("elem_mult", "tanh"),
    ),
    inject=("add", "tanh"),
    inject_index=8,
    cell_index=12,
)
