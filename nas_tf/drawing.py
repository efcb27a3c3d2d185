"""Architectures as pictures."""

# Inches, for the font size below.
FONT_SIZE = 9
CHARACTER_WIDTH = 0.078
ROW_HEIGHT = 0.55
BOX_HEIGHT = 0.3
BULGE = 0.2

COLOURS = {"box": "#eef3fa", "line": "#33557f", "skip": "#9a5b2c"}


def draw(graph, file):
    """Draws a graph from top to bottom and writes it as a PNG.

    An edge from a node to the next is a straight arrow. Longer ones are arcs
    that bulge with their length, on the right from even and on the left from
    odd nodes, so that few lie on each other.

    Args:
        graph: `nas_tf.specs.graph.Graph`.
        file: Path or binary file.
    """
    # Figure and canvas are made without pyplot, so that a notebook keeps the
    # backend it has.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    count = len(graph.labels)
    box = max(map(len, graph.labels)) * CHARACTER_WIDTH / 2 + 0.1
    longest = max((b - a for a, b in graph.edges), default=1)
    half_width = box + 0.2 + BULGE * longest**0.8
    height = ROW_HEIGHT * count + (0.3 if graph.title else 0)
    figure = Figure(figsize=(2 * half_width, height))
    FigureCanvasAgg(figure)
    # One unit of the axes is one inch.
    axes = figure.add_axes([0, 0, 1, 1])
    axes.set_xlim(-half_width, half_width)
    axes.set_ylim(0, height)
    axes.axis("off")
    if graph.title:
        axes.text(0, height - 0.2, graph.title, ha="center", va="center")
    rows = [ROW_HEIGHT * (count - i - 0.5) for i in range(count)]
    for source, target in graph.edges:
        _draw_edge(axes, rows, box, source, target)
    for row, label in zip(rows, graph.labels):
        _draw_node(axes, row, box, label)
    figure.savefig(file, dpi=120, format="png")


def _draw_node(axes, row, box, label):
    from matplotlib.patches import FancyBboxPatch

    axes.add_patch(
        FancyBboxPatch(
            (-box, row - BOX_HEIGHT / 2),
            2 * box,
            BOX_HEIGHT,
            boxstyle="round,pad=0,rounding_size=0.08",
            facecolor=COLOURS["box"],
            edgecolor=COLOURS["line"],
        )
    )
    axes.text(0, row, label, ha="center", va="center", fontsize=FONT_SIZE)


def _draw_edge(axes, rows, box, source, target):
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    top, bottom = rows[source], rows[target]
    if target - source == 1:
        ends = [(0, top - BOX_HEIGHT / 2), (0, bottom + BOX_HEIGHT / 2)]
        path, colour = Path(ends), COLOURS["line"]
    else:
        side = 1 if source % 2 == 0 else -1
        x = side * box
        # A cubic curve reaches three quarters of the way to its handles.
        out = x + side * BULGE * (target - source) ** 0.8 / 0.75
        # Starts a little below and ends a little above the middle, so that
        # what goes out and what comes in can be told apart.
        path = Path(
            [(x, top - 0.05), (out, top), (out, bottom), (x, bottom + 0.05)],
            [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4],
        )
        colour = COLOURS["skip"]
    axes.add_patch(
        FancyArrowPatch(
            path=path,
            arrowstyle="-|>",
            mutation_scale=9,
            linewidth=0.9,
            color=colour,
            fill=False,
        )
    )
