"""Architectures as pictures."""

from nas_tf.drawing._canvas import COLOURS
from nas_tf.drawing._column import column
from nas_tf.drawing._crossbar import crossbar
from nas_tf.drawing._plane import plane

__all__ = ["COLOURS", "draw", "figure"]

# With more skips than this, arcs can no longer be followed: 15 layers have at
# most 105, 120 with the image's and the classifier's.
MAX_ARCS = 120


def draw(graph, file):
    """Draws a graph from top to bottom and writes it as a PNG.

    Args:
        graph: `nas_tf.specs.graph.Graph`.
        file: Path or binary file.
    """
    figure(graph).savefig(file, dpi=120, format="png")


def figure(graph):
    """Returns the Matplotlib `Figure` of a graph, as large as it needs to be.

    A graph with positions is drawn as they say, its edges straight arrows.
    Any other is one column, in which an edge from a node to the next is a
    straight arrow; longer ones, the skips, are arcs beside it, or with many of
    them lines that go down from each node, with a dot where a node reads it.

    Args:
        graph: `nas_tf.specs.graph.Graph`.
    """
    if graph.positions:
        return plane(graph)
    skips = sum(target - source > 1 for source, target in graph.edges)
    return column(graph) if skips <= MAX_ARCS else crossbar(graph)
