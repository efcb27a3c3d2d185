"""Draws architectures."""

from nas_tf.drawing._canvas import COLOURS
from nas_tf.drawing._column import column
from nas_tf.drawing._crossbar import crossbar
from nas_tf.drawing._plane import plane

__all__ = ["COLOURS", "draw", "figure"]

# With more skip connections than this, arcs can no longer be followed. Networks
# of 15 layers have at most 105, or 120 with those from image and to classifier.
MAX_ARCS = 120


def draw(graph, file):
    """Draws a graph from top to bottom and writes it as a PNG file.

    Args:
        graph: `nas_tf.specs.graph.Graph`.
        file: Path or binary file.
    """
    figure(graph).savefig(file, dpi=120, format="png")


def figure(graph):
    """Returns the Matplotlib `Figure` of a graph, in the size it needs.

    The nodes of a graph with positions are drawn there, its edges as straight
    arrows. Any other graph is drawn as one column. An edge to the next node is
    a straight arrow. Longer edges, the skip connections, are arcs beside the
    column. If there are many, each node has a vertical line instead, with a dot
    at each node that reads it.

    Args:
        graph: `nas_tf.specs.graph.Graph`.
    """
    if graph.positions:
        return plane(graph)
    skips = sum(target - source > 1 for source, target in graph.edges)
    return column(graph) if skips <= MAX_ARCS else crossbar(graph)
