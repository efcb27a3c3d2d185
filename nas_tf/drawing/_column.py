"""A column of boxes with arcs beside it, for a few dozen skip connections."""

from nas_tf.drawing._canvas import BOX_HEIGHT
from nas_tf.drawing._canvas import CHARACTER_WIDTH
from nas_tf.drawing._canvas import draw_arrow
from nas_tf.drawing._canvas import draw_node
from nas_tf.drawing._canvas import make_axes
from nas_tf.drawing._canvas import skip_colour

# Inches.
ROW_HEIGHT = 0.55
BULGE = 0.2


def column(graph):
    """Returns the figure of a graph without positions.

    The longer an arc, the further it is from the column. Arcs from even nodes
    are on the right, arcs from odd nodes on the left, so that few overlap.
    """
    count = len(graph.labels)
    box = max(map(len, graph.labels)) * CHARACTER_WIDTH / 2 + 0.1
    longest = max((b - a for a, b in graph.edges), default=1)
    half_width = box + 0.2 + BULGE * longest**0.8
    height = ROW_HEIGHT * count
    axes = make_axes(-half_width, half_width, height, graph.title)
    rows = [ROW_HEIGHT * (count - i - 0.5) for i in range(count)]
    for source, target in graph.edges:
        _draw_edge(axes, rows, box, source, target)
    for row, label in zip(rows, graph.labels):
        draw_node(axes, (0, row), (2 * box, BOX_HEIGHT), label)
    return axes.figure


def _draw_edge(axes, rows, box, source, target):
    from matplotlib.path import Path

    top, bottom = rows[source], rows[target]
    if target - source == 1:
        ends = [(0, top - BOX_HEIGHT / 2), (0, bottom + BOX_HEIGHT / 2)]
        draw_arrow(axes, ends)
        return
    side = 1 if source % 2 == 0 else -1
    x = side * box
    # A cubic Bézier curve with both handles at `out` reaches 3/4 of the way.
    out = x + side * BULGE * (target - source) ** 0.8 / 0.75
    # An arc starts just below and ends just above the middle of a box, so that
    # outgoing and incoming arcs can be told apart.
    points = [(x, top - 0.05), (out, top), (out, bottom), (x, bottom + 0.05)]
    codes = [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4]
    draw_arrow(axes, points, skip_colour(source // 2), codes)
