"""A column of boxes with a vertical line for each node with skip connections.

Hundreds of arcs could not be followed. Here the line of a node leaves it to the
right and goes down. A dot on the line marks the row of a node that reads it.
The dots in a row show what a node reads; the dots on a line show which nodes
read it.
"""

from nas_tf.drawing._canvas import CHARACTER_WIDTH
from nas_tf.drawing._canvas import draw_arrow
from nas_tf.drawing._canvas import draw_node
from nas_tf.drawing._canvas import make_axes
from nas_tf.drawing._canvas import skip_colour

# Inches.
ROW_HEIGHT = 0.42
BOX_HEIGHT = 0.26
LANE = 0.14
MARGIN = 0.15
# Points.
DOT = 4
SMALL = 6


def crossbar(graph):
    """Returns the figure of a graph without positions."""
    count = len(graph.labels)
    box = max(map(len, graph.labels)) * CHARACTER_WIDTH / 2 + 0.1
    rows = [ROW_HEIGHT * (count - i - 0.5) for i in range(count)]
    readers = {}
    for source, target in sorted(graph.edges):
        if target - source > 1:
            readers.setdefault(source, []).append(target)
    lanes = {
        source: box + 2 * MARGIN + LANE * place
        for place, source in enumerate(readers)
    }
    right = max(lanes.values(), default=box) + 2 * MARGIN
    axes = make_axes(-box - MARGIN, right, ROW_HEIGHT * count, graph.title)
    _draw_rows(axes, rows, box, readers, lanes)
    for source, targets in readers.items():
        _draw_lane(axes, rows, box, source, lanes[source], targets)
    for source, target in graph.edges:
        if target - source == 1:
            top = rows[source] - BOX_HEIGHT / 2
            bottom = rows[target] + BOX_HEIGHT / 2
            draw_arrow(axes, [(0, top), (0, bottom)], head=6)
    for row, label in zip(rows, graph.labels):
        draw_node(axes, (0, row), (2 * box, BOX_HEIGHT), label)
    return axes.figure


def _draw_rows(axes, rows, box, readers, lanes):
    """Draws an arrow into each node, from the farthest line that it reads."""
    farthest = {}
    for source, targets in readers.items():
        for target in targets:
            farthest[target] = max(farthest.get(target, 0), lanes[source])
    for target, x in farthest.items():
        y = _in(rows[target])
        draw_arrow(axes, [(x, y), (box, y)], head=6)


def _draw_lane(axes, rows, box, source, x, targets):
    colour = skip_colour(source)
    top = _out(rows[source])
    bottom = _in(rows[max(targets)])
    axes.plot(
        [box, x, x],
        [top, top, bottom],
        color=colour,
        linewidth=0.9,
        clip_on=False,
    )
    axes.text(
        x,
        top + 0.03,
        str(source),
        ha="center",
        va="bottom",
        fontsize=SMALL,
        color=colour,
    )
    axes.plot(
        [x] * len(targets),
        [_in(rows[target]) for target in targets],
        "o",
        color=colour,
        markersize=DOT,
        clip_on=False,
        zorder=3,
    )


def _out(row):
    return row + 0.06


def _in(row):
    return row - 0.06
