"""Charts of measures, costs, workers and trainings, as Matplotlib figures."""

import numpy as np

from nas_tf.report import series
from nas_tf.report import wording
from nas_tf.report.axes import BLUE
from nas_tf.report.axes import GREEN
from nas_tf.report.axes import GREY
from nas_tf.report.axes import LINES
from nas_tf.report.axes import ORANGE
from nas_tf.report.axes import count
from nas_tf.report.axes import draw_trials
from nas_tf.report.axes import legend
from nas_tf.report.axes import make_axes
from nas_tf.report.axes import measured
from nas_tf.report.axes import percent
from nas_tf.report.axes import plain


def progress(run, window, rival=None):
    """Returns the figure of the measure over finished children.

    Args:
        run: `Run`.
        window: Number of children in the moving median.
        rival: `Run` of random search, or None.
    """
    trials, measure = run.trials, run.measure
    figure, axes = make_axes("finished children", "")
    count(axes.xaxis)
    values = measure.values(trials)
    ends = []
    if rival is not None:
        others = rival.trials[: len(trials)]
        their = measure.values(others)
        ends += [
            _draw_median(axes, their, window, GREY, "random median", 1),
            _draw_best(axes, others, their, GREY, "random best", 1),
        ]
    ends += [
        _draw_median(axes, values, window, ORANGE, f"median of {window}"),
        _draw_best(axes, trials, values, GREEN, "best so far"),
    ]
    # Lines begin with the noise of a few children.
    lines = [line[min(window, len(line)) - 1 :] for line in ends]
    view = series.view(values, np.concatenate(lines), measure.lower)
    numbers = np.arange(1, len(trials) + 1)
    draw_trials(axes, trials, numbers, values, view, measure.lower)
    measured(axes, measure, view)
    legend(axes)
    return figure


def _draw_median(axes, values, window, colour, label, zorder=2):
    median = series.moving_median(values, window)
    places = series.thin(len(median), series.MAX_LINE)
    axes.plot(
        places + 1, median[places], color=colour, label=label, zorder=zorder
    )
    return median


def _draw_best(axes, trials, values, colour, label, zorder=2):
    best = series.best_so_far(trials, values)
    # The line is determined by its steps.
    steps = np.flatnonzero(np.diff(best, prepend=np.nan) != 0)
    places = np.union1d(steps, [len(best) - 1])
    # With shared weights there is none before the end.
    places = places[np.isfinite(best[places])]
    axes.step(
        places + 1,
        best[places],
        where="post",
        color=colour,
        linestyle="--",
        label=label,
        zorder=zorder,
    )
    return best


def costs(trials, front, measure):
    """Returns the figure of the measure and parameters.

    Args:
        trials: Successful trials with a number of parameters and a value of
            the measure.
        front: Trials on the Pareto front, from the smallest.
        measure: `nas_tf.report.measure.Measure`.
    """
    figure, axes = make_axes("parameters", "")
    params = np.array([trial.result.params for trial in trials])
    values, edge = measure.values(trials), measure.values(front)
    # The front begins with the smallest, which may be of little use.
    view = series.view(values, edge[len(edge) // 2 :], measure.lower)
    draw_trials(axes, trials, params, values, view, measure.lower)
    axes.step(
        [trial.result.params for trial in front],
        edge,
        where="post",
        color=ORANGE,
        marker="o",
        markersize=5,
        label="Pareto front",
    )
    _count_in_thousands(axes, params.min(), params.max())
    measured(axes, measure, view)
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


def training(history, name, is_share=False):
    """Returns the figure of one quantity over the epochs of a training.

    Args:
        history: Dict of lists with a number or None for each epoch.
        name: A key such as "loss"; "val_loss" is drawn too if it exists.
        is_share: Whether values are shares, to be shown in percent. Default:
            False.
    """
    figure, axes = make_axes("epoch", plain(wording.words(name)), 2.7)
    count(axes.xaxis)
    if is_share:
        percent(axes.yaxis)
    seen = []
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
            first = epochs_out_of_view(history)
            seen += [value for epoch, value in points if epoch > first]
    if seen and np.isfinite(seen).all():
        room = 0.05 * np.ptp(seen) or 0.05 * abs(seen[0]) or 0.05
        axes.set_ylim(min(seen) - room, max(seen) + room)
    legend(axes)
    return figure


def epochs_out_of_view(history):
    """Returns how many first epochs may be outside of a chart of a training.

    They change so much that later progress could not be seen.

    Args:
        history: Dict of lists with an entry for each epoch.
    """
    return max(map(len, history.values()), default=0) // 10


def bands(groups, attribute, measure, start):
    """Returns the figure of a `Band` for each group, over children.

    Args:
        groups: List of `nas_tf.report.groups.Group`.
        attribute: "median" or "best".
        measure: `nas_tf.report.measure.Measure`.
        start: Number of children left out at the start, where values vary so
            much that the rest would be compressed.
    """
    figure, axes = make_axes("finished children", "")
    count(axes.xaxis)
    # The best value so far changes in steps, and so does its mean.
    step = "post" if attribute == "best" else None
    style = "steps-post" if step else "default"
    for number, group in enumerate(groups):
        shade = colour(number)
        band = getattr(group, attribute)
        first = min(start, len(band.mean) - 1)
        places = series.thin(len(band.mean) - first, series.MAX_LINE) + first
        x, mean = places + 1, band.mean[places]
        axes.plot(x, mean, color=shade, drawstyle=style, linewidth=1.8)
        if band.low is not None:
            axes.fill_between(
                x,
                band.low[places],
                band.high[places],
                step=step,
                color=shade,
                alpha=0.2,
                linewidth=0,
            )
        elif len(band.rows) > 1:
            for row in band.rows:
                axes.plot(
                    x,
                    row[places],
                    color=shade,
                    drawstyle=style,
                    linewidth=0.7,
                    alpha=0.6,
                )
    measured(axes, measure)
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
