"""Charts of rewards, costs, workers and trainings, as Matplotlib figures."""

import numpy as np

from nas_tf.report import series
from nas_tf.report import wording
from nas_tf.report.axes import BLUE
from nas_tf.report.axes import GREEN
from nas_tf.report.axes import GREY
from nas_tf.report.axes import LINES
from nas_tf.report.axes import ORANGE
from nas_tf.report.axes import RED
from nas_tf.report.axes import count
from nas_tf.report.axes import legend
from nas_tf.report.axes import make_axes
from nas_tf.report.axes import plain


def rewards(run, window, rival=None):
    """Returns the figure of rewards over finished children.

    Args:
        run: `Run`.
        window: Number of children in the moving average.
        rival: `Run` of random search, or None.
    """
    figure, axes = make_axes("finished children", "reward")
    count(axes.xaxis)
    trials = run.trials
    values = series.rewards(trials)
    ok = np.array([trial.ok for trial in trials])
    numbers = np.arange(1, len(trials) + 1)
    for mask, marker, colour, label in (
        (ok, "o", BLUE, "a child"),
        (~ok, "x", RED, "a child that failed"),
    ):
        places = np.flatnonzero(mask)
        places = places[series.thin(len(places), series.MAX_DOTS)]
        if len(places):
            axes.plot(
                numbers[places],
                values[places],
                marker,
                color=colour,
                markersize=3,
                alpha=0.45 if marker == "o" else 1,
                label=label,
            )
    _draw_average(axes, values, window, ORANGE, f"mean of {window}")
    _draw_best(axes, trials, GREEN, "best so far")
    if rival is not None:
        others = rival.trials[: len(trials)]
        _draw_average(
            axes, series.rewards(others), window, GREY, "random mean", 1
        )
        _draw_best(axes, others, GREY, "random best", 1)
    legend(axes)
    return figure


def _draw_average(axes, values, window, colour, label, zorder=2):
    average = series.moving_average(values, window)
    places = series.thin(len(average), series.MAX_LINE)
    axes.plot(
        places + 1, average[places], color=colour, label=label, zorder=zorder
    )


def _draw_best(axes, trials, colour, label, zorder=2):
    best = series.best_so_far(trials)
    # The line is determined by its steps.
    steps = np.flatnonzero(np.diff(best, prepend=np.nan) != 0)
    places = np.union1d(steps, [len(best) - 1])
    axes.step(
        places + 1,
        best[places],
        where="post",
        color=colour,
        linestyle="--",
        label=label,
        zorder=zorder,
    )


def costs(trials, front):
    """Returns the figure of rewards and parameters.

    Args:
        trials: Successful trials with a number of parameters.
        front: Trials on the Pareto front, from the smallest.
    """
    figure, axes = make_axes("parameters", "reward")
    params = np.array([trial.result.params for trial in trials])
    values = series.rewards(trials)
    places = series.thin(len(trials), series.MAX_DOTS)
    axes.plot(
        params[places],
        values[places],
        "o",
        color=BLUE,
        markersize=3,
        alpha=0.45,
        label="a child",
    )
    axes.step(
        [trial.result.params for trial in front],
        series.rewards(front),
        where="post",
        color=ORANGE,
        marker="o",
        markersize=5,
        label="Pareto front",
    )
    _count_in_thousands(axes, params.min(), params.max())
    legend(axes)
    return figure


def workers(work):
    """Returns the figure of running and finished children over time.

    Args:
        work: `Work`.
    """
    figure, (busy, finished) = make_axes("", "children running", rows=2)
    unit, seconds = _time_unit(work.seconds)
    edges = work.edges / seconds
    busy.stairs(work.busy, edges, color=BLUE, fill=True, alpha=0.6)
    busy.axhline(work.most, color=ORANGE, linestyle="--")
    busy.set_ylim(0, work.most * 1.08)
    minutes = np.diff(work.edges) / 60
    finished.stairs(work.finished / minutes, edges, color=GREEN)
    finished.set_ylim(bottom=0)
    finished.set_ylabel("finished per minute")
    finished.set_xlabel(f"{unit} of the search")
    return figure


def training(history, name):
    """Returns the figure of one quantity over the epochs of a training.

    Args:
        history: Dict of lists with a number or None for each epoch.
        name: A key such as "loss"; "val_loss" is drawn too if it exists.
    """
    figure, axes = make_axes("epoch", plain(wording.words(name)), 2.7)
    count(axes.xaxis)
    for key, colour, label in (
        (name, BLUE, "training"),
        (f"val_{name}", ORANGE, "validation"),
    ):
        points = [
            (epoch, value)
            for epoch, value in enumerate(history.get(key, []), 1)
            if value is not None
        ]
        if points:
            # A line needs two points; a single one gets a marker.
            marker = "o" if len(points) == 1 else None
            axes.plot(*zip(*points), color=colour, marker=marker, label=label)
    legend(axes)
    return figure


def bands(groups, attribute, ylabel, start):
    """Returns the figure of a `Band` for each group, over children.

    Args:
        groups: List of `nas_tf.report.groups.Group`.
        attribute: "average" or "best".
        ylabel: Label of the values.
        start: Number of children left out at the start, where rewards vary so
            much that the rest would be compressed.
    """
    figure, axes = make_axes("finished children", ylabel)
    count(axes.xaxis)
    # The best reward so far rises in steps, and so does its mean.
    step = "post" if attribute == "best" else None
    style = "steps-post" if step else "default"
    for number, group in enumerate(groups):
        shade = colour(number)
        band = getattr(group, attribute)
        first = min(start, len(band.mean) - 1)
        places = series.thin(len(band.mean) - first, series.MAX_LINE) + first
        x, mean = places + 1, band.mean[places]
        axes.plot(x, mean, color=shade, drawstyle=style)
        if band.half_width is not None:
            width = band.half_width[places]
            axes.fill_between(
                x,
                mean - width,
                mean + width,
                step=step,
                color=shade,
                alpha=0.2,
                linewidth=0,
            )
    return figure


def colour(number):
    """Returns the colour of the n-th group."""
    return LINES[number % len(LINES)]


def _time_unit(seconds):
    if seconds > 2 * 3600:
        return "hours", 3600
    return ("minutes", 60) if seconds > 120 else ("seconds", 1)


def _count_in_thousands(axes, low, high):
    """Labels an x axis such as "20k", on a logarithmic scale if it is wide."""
    from matplotlib.ticker import EngFormatter
    from matplotlib.ticker import LogLocator
    from matplotlib.ticker import MaxNLocator
    from matplotlib.ticker import NullLocator

    if 0 < 20 * low < high:
        axes.set_xscale("log")
        subs = (1, 2, 5) if high < 1000 * low else (1,)
        axes.xaxis.set_major_locator(LogLocator(subs=subs))
        axes.xaxis.set_minor_locator(NullLocator())
    else:
        axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.xaxis.set_major_formatter(EngFormatter(sep=""))
