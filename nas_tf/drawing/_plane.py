"""Boxes at the positions of a graph, with straight arrows between them."""

import itertools

from nas_tf.drawing._canvas import BOX_HEIGHT
from nas_tf.drawing._canvas import CHARACTER_WIDTH
from nas_tf.drawing._canvas import draw_arrow
from nas_tf.drawing._canvas import draw_node
from nas_tf.drawing._canvas import make_axes

# Inches.
ROW_HEIGHT = 0.55
LINE_HEIGHT = 0.16
GAP = 0.25


def plane(graph):
    """Returns the figure of a graph with positions."""
    lines = [label.split("\n") for label in graph.labels]
    more = LINE_HEIGHT * (max(map(len, lines)) - 1)
    widths = [max(map(len, line)) * CHARACTER_WIDTH + 0.2 for line in lines]
    unit = _column_width(graph.positions, widths)
    lowest = max(row for _, row in graph.positions)
    height = (ROW_HEIGHT + more) * (lowest + 1)
    centres = [
        (unit * column, (ROW_HEIGHT + more) * (lowest - row + 0.5))
        for column, row in graph.positions
    ]
    axes = make_axes(
        min(x - width / 2 for (x, _), width in zip(centres, widths)) - 0.2,
        max(x + width / 2 for (x, _), width in zip(centres, widths)) + 0.2,
        height,
        graph.title,
    )
    sizes = [(width, BOX_HEIGHT + more) for width in widths]
    for source, target in graph.edges:
        ends = _ends(
            centres[source], centres[target], sizes[source], sizes[target]
        )
        draw_arrow(axes, ends)
    for centre, size, label in zip(centres, sizes, graph.labels):
        draw_node(axes, centre, size, label)
    return axes.figure


def _column_width(positions, widths):
    """Returns the width of a column, in inches, at which no boxes touch."""
    width = max(widths) + GAP
    placed = sorted(zip(positions, widths), key=lambda p: (p[0][1], p[0][0]))
    for ((left, row), a), ((right, other), b) in itertools.pairwise(placed):
        if row == other:
            width = max(width, ((a + b) / 2 + GAP) / (right - left))
    return width


def _ends(source, target, source_size, target_size):
    """Returns the ends of an arrow: on the edge of each of the two boxes."""
    (left, top), (right, bottom) = source, target
    if top == bottom:
        side = 1 if right > left else -1
        left += side * source_size[0] / 2
        right -= side * target_size[0] / 2
    else:
        top -= source_size[1] / 2
        bottom += target_size[1] / 2
    return [(left, top), (right, bottom)]
