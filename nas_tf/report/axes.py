"""Axes of charts, in the colours of the page and in one size."""

import numpy as np

from nas_tf.report import series
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


def percent(axis):
    """Labels the ticks of an axis of shares in percent."""
    from matplotlib.ticker import PercentFormatter

    axis.set_major_formatter(PercentFormatter(1))


def measured(axes, measure, view=None):
    """Labels the y axis with a measure.

    Args:
        axes: Matplotlib axes.
        measure: `nas_tf.report.measure.Measure`.
        view: Ends of the axis, the lower one first, or None (default).
    """
    if measure.is_share:
        percent(axes.yaxis)
    if view is not None:
        axes.set_ylim(*view)
    note = " (lower is better)" if measure.lower else ""
    axes.set_ylabel(plain(measure.name + note))


def draw_trials(axes, trials, x, values, view, lower):
    """Draws each trial as a dot; those out of view at the axis's worse end.

    Args:
        axes: Matplotlib axes.
        trials: N trials.
        x: `[N]` numbers.
        values: `[N]` floats, NaN for those that failed.
        view: Ends of the y axis, the lower one first.
        lower: Whether lower values are better.
    """
    low, high = view
    known = np.isfinite(values)
    inside = known & (values >= low) & (values <= high)
    above = known & (values > high)
    below = known & (values < low)
    end = high if lower else low
    for mask, heights, marker, colour, label in (
        (inside, values, "o", BLUE, "a child"),
        (below, np.full(len(x), low), "v", BLUE, "below the axis"),
        (above, np.full(len(x), high), "^", BLUE, "above the axis"),
        (~known, np.full(len(x), end), "x", RED, "failed"),
    ):
        places = np.flatnonzero(mask)
        places = places[series.thin(len(places), series.MAX_DOTS)]
        if len(places):
            [line] = axes.plot(
                x[places],
                heights[places],
                marker,
                color=colour,
                markersize=4 if marker == "x" else 3,
                alpha=1 if marker == "x" else 0.45,
                label=label,
                clip_on=marker == "o",
            )
            # `svg.inline` writes them beside the dots.
            line.set_gid(f"dots-{label.replace(' ', '-')}")
            line.trial_ids = [trials[place].trial_id for place in places]


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
