"""Elements of all drawings: axes in inches, boxes and arrows."""

# Sizes in inches, for the font size in points.
FONT_SIZE = 9
CHARACTER_WIDTH = 0.078
BOX_HEIGHT = 0.3

BOX = "#eef3fa"
LINE = "#33557f"
# Skip connections use these colours in turn, by their first node, so that they
# can be told apart.
SKIPS = ("#9a5b2c", "#2c7a4b", "#7a3f9d", "#b03a48", "#2f6f9f")
# By name, so that a page can replace them.
COLOURS = {
    "box": BOX,
    "line": LINE,
    **{f"skip-{number}": colour for number, colour in enumerate(SKIPS)},
}


def skip_colour(source):
    return SKIPS[source % len(SKIPS)]


def make_axes(left, right, height, title):
    """Returns the axes of a new figure, with inches as units."""
    # Figure and canvas are made without pyplot, so that a notebook keeps its
    # backend.
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


def draw_node(axes, centre, size, label):
    """Draws a box of `size` (width, height in inches) with its label."""
    from matplotlib.patches import FancyBboxPatch

    (x, y), (width, height) = centre, size
    axes.add_patch(
        FancyBboxPatch(
            (x - width / 2, y - height / 2),
            width,
            height,
            boxstyle="round,pad=0,rounding_size=0.08",
            facecolor=BOX,
            edgecolor=LINE,
            clip_on=False,
        )
    )
    axes.text(
        x,
        y,
        label,
        ha="center",
        va="center",
        fontsize=FONT_SIZE,
        parse_math=False,
    )


def draw_arrow(axes, points, colour=LINE, codes=None, head=9):
    """Draws an arrow along a path; `head` is the size of its head in points."""
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    axes.add_patch(
        FancyArrowPatch(
            path=Path(points, codes),
            arrowstyle="-|>",
            mutation_scale=head,
            linewidth=0.9,
            color=colour,
            fill=False,
            clip_on=False,
        )
    )
