"""A directed graph of labelled nodes, from which a drawing is made."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Graph:
    """Nodes in reading order, with edges between them.

    Attributes:
        labels: Tuple with the text of each node. Nodes are ordered such that
            every edge leads from an earlier node to a later one. A text may
            have several lines if there are positions.
        edges: Tuple of pairs `(from, to)` of node numbers.
        title: Text above the drawing. Default: "".
        positions: Tuple of a pair `(column, row)` of numbers for each node,
            row 0 at the top; or () (default) to draw the nodes in one
            column.
    """

    labels: tuple
    edges: tuple
    title: str = ""
    positions: tuple = ()


def chain(labels):
    """Returns the graph in which each node leads to the next."""
    return Graph(
        tuple(labels), tuple((i, i + 1) for i in range(len(labels) - 1))
    )
