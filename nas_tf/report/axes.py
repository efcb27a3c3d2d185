"""Axes of charts, in the colours of the page and in one size."""

from nas_tf.report.svg import GRID
from nas_tf.report.svg import TEXT

# Inches: half the width of a page, and legible on a small screen.
WIDTH, HEIGHT = 4.8, 3.1
FONT_SIZE = 9
# These are visible on white and on black.
BLUE, ORANGE, GREEN, RED, GREY = (
    "#3d84d6",
    "#d97f2e",
    "#2f9e62",
    "#d3504f",
    "#8b919b",
)
LINES = (BLUE, ORANGE, GREEN, "#a066c9", RED, "#9a7b4f", "#1fa3b5", GREY)


def make_axes(xlabel, ylabel, height=HEIGHT, rows=1):
    """Returns a figure and its axes, or a list of axes if `rows` > 1."""
    # Without pyplot, so that a notebook keeps its backend.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(rows, sharex=True, squeeze=False)[:, 0]
    for axes in grid:
        axes.patch.set_visible(False)
        axes.grid(color=GRID, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.tick_params(
            labelcolor=TEXT, labelsize=FONT_SIZE, color=GRID, length=3
        )
        for spine in axes.spines.values():
            spine.set_color(GRID)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        for label in (axes.xaxis.label, axes.yaxis.label):
            label.set(color=TEXT, fontsize=FONT_SIZE)
    grid[-1].set_xlabel(xlabel)
    grid[0].set_ylabel(ylabel)
    return figure, grid[0] if rows == 1 else grid


def count(axis):
    """Puts an axis's ticks at whole numbers."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(
        MaxNLocator("auto", steps=(1, 2, 5, 10), integer=True)
    )


def plain(text):
    """Returns text in which Matplotlib does not read $ as mathematics."""
    return str(text).replace("$", r"\$")


def legend(axes):
    """Puts a legend above the axes."""
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=3,
        frameon=False,
        fontsize=FONT_SIZE - 1,
        labelcolor=TEXT,
        handlelength=1.4,
        columnspacing=1.2,
    )


def beside(axes, reverse):
    """Puts a legend to the right of the axes, in reverse order if asked."""
    axes.legend(
        loc="upper left",
        bbox_to_anchor=(1, 1),
        frameon=False,
        fontsize=FONT_SIZE - 1,
        labelcolor=TEXT,
        handlelength=1,
        reverse=reverse,
    )
