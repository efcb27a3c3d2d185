"""ENAS's recurrent cells as plain data (Pham et al. 2018, section 2.1).

A cell has N nodes. Node 0 reads the input x and the previous output h, each
other node reads one earlier node and nothing else. The output is the mean of
the loose ends, the nodes that no node reads.
"""

from __future__ import annotations

import dataclasses
import typing

from nas_tf.checks import is_whole
from nas_tf.errors import UsageError
from nas_tf.specs.base import Spec
from nas_tf.specs.graph import Graph

# In the order of the authors' numbers.
ACTIVATIONS = ("tanh", "relu", "identity", "sigmoid")


@dataclasses.dataclass(frozen=True)
class ENASCellSpec(Spec):
    """A recurrent cell whose nodes are highways from one to another.

    Attributes:
        activations: Tuple with the activation of each of N nodes, of "tanh",
            "relu", "identity" and "sigmoid"; at least one.
        previous: Tuple of N - 1 numbers: which earlier node node 1, 2, ...
            reads.

    Raises:
        UsageError: If the values do not describe such a cell.
    """

    activations: tuple[str, ...]
    previous: tuple[int, ...]

    def __post_init__(self):
        names, nodes = self.activations, self.previous
        if (
            not isinstance(names, tuple)
            or not names
            or not all(name in ACTIVATIONS for name in names)
        ):
            raise UsageError(
                f"Expected `activations` of a cell to be a tuple of "
                f"{', '.join(ACTIVATIONS)}. Received: {names!r:.100}"
            )
        if not isinstance(nodes, tuple) or len(nodes) != len(names) - 1:
            raise UsageError(
                f"Expected `previous` of a cell to be a tuple of "
                f"{len(names) - 1} numbers, one less than its activations. "
                f"Received: {nodes!r:.100}"
            )
        for node, read in enumerate(nodes, 1):
            if not is_whole(read, 0) or read >= node:
                raise UsageError(
                    f"Expected node {node} of a cell to read a node from 0 to "
                    f"{node - 1}. Received: {read!r:.60}"
                )

    @property
    def num_nodes(self) -> int:
        """The number of nodes, N."""
        return len(self.activations)

    @property
    def loose_ends(self) -> tuple[int, ...]:
        """Numbers of the nodes that no node reads, ascending."""
        read = set(self.previous)
        return tuple(n for n in range(self.num_nodes) if n not in read)

    def readers(self) -> dict[int, tuple[int, ...]]:
        """Returns a dict from each node that is read to those that read it."""
        found: dict[int, tuple[int, ...]] = {}
        for node, read in enumerate(self.previous, 1):
            found[read] = (*found.get(read, ()), node)
        return found

    def canonical(self, node: int = 0) -> list:
        """Returns nested lists that are equal for equal cells.

        Which number a node has does not matter, as each has its own matrices.
        """
        below = [self.canonical(n) for n in self.readers().get(node, ())]
        return [self.activations[node], *sorted(below)]

    def lines(self) -> list[str]:
        """Returns one equation for each node, and one for the output.

        W, U, V and the like are matrices, x is the input and h the previous
        output.
        """
        lines = []
        reads = ["h", *(f"s{read}" for read in self.previous)]
        for node, (name, old) in enumerate(zip(self.activations, reads)):
            gate, value = f"C{node} {old}", f"H{node} {old}"
            if node == 0:
                gate, value = f"W x + {gate}", f"V x + {value}"
            if name != "identity":
                value = f"{name}({value})"
            else:
                value = f"({value})"
            lines.append(
                f"s{node} = {old} + sigmoid({gate}) * ({value} - {old})"
            )
        ends = ", ".join(f"s{node}" for node in self.loose_ends)
        lines.append(f"new h = mean({ends})")
        return lines

    def describe(self) -> str:
        """Returns one line with each node's activation and what it reads."""
        parts = [f"0: {self.activations[0]}(x, h)"]
        parts += [
            f"{node}: {self.activations[node]}({read})"
            for node, read in enumerate(self.previous, 1)
        ]
        ends = ",".join(map(str, self.loose_ends))
        return "; ".join([*parts, f"out: mean of {ends}"])

    def legend(self) -> str:
        """Returns how to read the labels and arrows of `graph`."""
        return (
            "Each box is a node, a highway with the activation that is named "
            "in it. The output is the mean of the nodes that no node reads."
        )

    def graph(self) -> Graph:
        """Returns the `Graph` of inputs, nodes and output."""
        rows = [1]
        for read in self.previous:
            rows.append(rows[read] + 1)
        last = max(rows) + 1
        places = [(-0.7, 0.0), (0.7, 0.0)]
        for node, row in enumerate(rows):
            same = [other for other in range(len(rows)) if rows[other] == row]
            column = same.index(node) - (len(same) - 1) / 2
            places.append((1.3 * column, 1.6 * row))
        places.append((0.0, 1.6 * last))
        labels = ["x", "h"]
        labels += [f"{n}: {name}" for n, name in enumerate(self.activations)]
        labels.append("mean")
        edges = [(0, 2), (1, 2)]
        edges += [(2 + read, 2 + n) for n, read in enumerate(self.previous, 1)]
        edges += [(2 + node, len(labels) - 1) for node in self.loose_ends]
        return Graph(tuple(labels), tuple(edges), positions=tuple(places))

    def to_json(self) -> dict:
        return {
            "activations": list(self.activations),
            "previous": list(self.previous),
        }

    @classmethod
    def from_json(cls, record: typing.Any) -> ENASCellSpec:
        """Returns the spec that `to_json` wrote, or raises `UsageError`."""
        if not isinstance(record, dict) or set(record) != {
            "activations",
            "previous",
        }:
            raise UsageError(
                f"Expected a cell with activations and previous nodes. "
                f"Received: {record!r:.60}"
            )
        for name, values in record.items():
            if not isinstance(values, (list, tuple)):
                raise UsageError(
                    f"Expected `{name}` of a cell to be a list. Received: "
                    f"{values!r:.60}"
                )
        return cls(tuple(record["activations"]), tuple(record["previous"]))


def _published(numbers):
    """Returns the cell of the authors' numbers.

    The first is the activation of node 0; then come what is read and the
    activation of each other node.
    """
    first, *rest = map(int, numbers.split())
    return ENASCellSpec(
        tuple(ACTIVATIONS[number] for number in (first, *rest[1::2])),
        tuple(rest[::2]),
    )


# The cell found on Penn Treebank, of the README of melodyguan/enas.
ENAS_CELL = _published("0 0 0 1 1 2 1 2 0 2 0 5 1 1 0 6 1 8 1 8 1 8 1")
