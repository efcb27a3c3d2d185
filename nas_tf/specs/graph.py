"""A directed graph of labelled nodes: what a drawing is made from."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Graph:
    """Nodes in reading order, with edges between them.

    Attributes:
        labels: Tuple of strings, one a node, in an order in which every edge
            leads forward. They may have several lines where there are
            positions.
        edges: Tuple of pairs `(from, to)` of node numbers.
        title: Shown above the drawing.
        positions: Tuple of `(column, row)`, one a node, any numbers, rows
            from the top; or () to draw the nodes in one column.
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
