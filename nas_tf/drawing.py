"""Architectures as pictures."""

import itertools

# Inches, for the font size below.
FONT_SIZE = 9
CHARACTER_WIDTH = 0.078
ROW_HEIGHT = 0.55
BOX_HEIGHT = 0.3
LINE_HEIGHT = 0.16
GAP = 0.25
BULGE = 0.2

COLOURS = {"box": "#eef3fa", "line": "#33557f", "skip": "#9a5b2c"}


def draw(graph, file):
    """Draws a graph from top to bottom and writes it as a PNG.

    A graph with positions is drawn as they say, its edges straight arrows.
    Any other is one column: an edge from a node to the next is a straight
    arrow; longer ones are arcs that bulge with their length, on the right
    from even and on the left from odd nodes, so that few lie on each other.

    Args:
        graph: `nas_tf.specs.graph.Graph`.
        file: Path or binary file.
    """
    figure = _draw_plane(graph) if graph.positions else _draw_column(graph)
    figure.savefig(file, dpi=120, format="png")


def _draw_column(graph):
    """Returns the figure of a graph without positions."""
    count = len(graph.labels)
    box = max(map(len, graph.labels)) * CHARACTER_WIDTH / 2 + 0.1
    longest = max((b - a for a, b in graph.edges), default=1)
    half_width = box + 0.2 + BULGE * longest**0.8
    height = ROW_HEIGHT * count
    axes = _axes(-half_width, half_width, height, graph.title)
    rows = [ROW_HEIGHT * (count - i - 0.5) for i in range(count)]
    for source, target in graph.edges:
        _draw_edge(axes, rows, box, source, target)
    for row, label in zip(rows, graph.labels):
        _draw_node(axes, (0, row), (2 * box, BOX_HEIGHT), label)
    return axes.figure


def _draw_plane(graph):
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
    axes = _axes(
        min(x - width / 2 for (x, _), width in zip(centres, widths)) - 0.2,
        max(x + width / 2 for (x, _), width in zip(centres, widths)) + 0.2,
        height,
        graph.title,
    )
    sizes = [(width, BOX_HEIGHT + more) for width in widths]
    for source, target in graph.edges:
        ends = [centres[source], centres[target]]
        axes.add_patch(_arrow(ends, sizes[source], sizes[target]))
    for centre, size, label in zip(centres, sizes, graph.labels):
        _draw_node(axes, centre, size, label)
    return axes.figure


def _column_width(positions, widths):
    """Returns the inches by which no two boxes of a row touch."""
    width = max(widths) + GAP
    placed = sorted(zip(positions, widths), key=lambda p: (p[0][1], p[0][0]))
    for ((left, row), a), ((right, other), b) in itertools.pairwise(placed):
        if row == other:
            width = max(width, ((a + b) / 2 + GAP) / (right - left))
    return width


def _arrow(ends, source_size, target_size):
    """Returns a straight arrow from box to box, down or to a side."""
    (left, top), (right, bottom) = ends
    if top == bottom:
        side = 1 if right > left else -1
        left += side * source_size[0] / 2
        right -= side * target_size[0] / 2
    else:
        top -= source_size[1] / 2
        bottom += target_size[1] / 2
    return _patch([(left, top), (right, bottom)], COLOURS["line"])


def _axes(left, right, height, title):
    """Returns axes of a new figure whose units are inches."""
    # Figure and canvas are made without pyplot, so that a notebook keeps the
    # backend it has.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    height += 0.3 if title else 0
    figure = Figure(figsize=(right - left, height))
    FigureCanvasAgg(figure)
    axes = figure.add_axes([0, 0, 1, 1])
    axes.set_xlim(left, right)
    axes.set_ylim(0, height)
    axes.axis("off")
    if title:
        middle = (left + right) / 2
        axes.text(middle, height - 0.2, title, ha="center", va="center")
    return axes


def _draw_node(axes, centre, size, label):
    from matplotlib.patches import FancyBboxPatch

    (x, y), (width, height) = centre, size
    axes.add_patch(
        FancyBboxPatch(
            (x - width / 2, y - height / 2),
            width,
            height,
            boxstyle="round,pad=0,rounding_size=0.08",
            facecolor=COLOURS["box"],
            edgecolor=COLOURS["line"],
        )
    )
    axes.text(x, y, label, ha="center", va="center", fontsize=FONT_SIZE)


def _draw_edge(axes, rows, box, source, target):
    from matplotlib.path import Path

    top, bottom = rows[source], rows[target]
    if target - source == 1:
        ends = [(0, top - BOX_HEIGHT / 2), (0, bottom + BOX_HEIGHT / 2)]
        axes.add_patch(_patch(ends, COLOURS["line"]))
        return
    side = 1 if source % 2 == 0 else -1
    x = side * box
    # A cubic curve reaches three quarters of the way to its handles.
    out = x + side * BULGE * (target - source) ** 0.8 / 0.75
    # Starts a little below and ends a little above the middle, so that what
    # goes out and what comes in can be told apart.
    points = [(x, top - 0.05), (out, top), (out, bottom), (x, bottom + 0.05)]
    codes = [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4]
    axes.add_patch(_patch(points, COLOURS["skip"], codes))


def _patch(points, colour, codes=None):
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    return FancyArrowPatch(
        path=Path(points, codes),
        arrowstyle="-|>",
        mutation_scale=9,
        linewidth=0.9,
        color=colour,
        fill=False,
    )
