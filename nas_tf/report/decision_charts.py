"""Charts of the choices in the course of a search."""

import numpy as np

from nas_tf.report.axes import BLUE
from nas_tf.report.axes import FONT_SIZE
from nas_tf.report.axes import GREY
from nas_tf.report.axes import LINES
from nas_tf.report.axes import ORANGE
from nas_tf.report.axes import beside
from nas_tf.report.axes import legend
from nas_tf.report.axes import make_axes
from nas_tf.report.axes import percent
from nas_tf.report.axes import plain
from nas_tf.report.svg import TEXT

MAX_BARS = 16


def shares(kind, spans):
    """Returns the figure of the shares of a kind's choices.

    Args:
        kind: `nas_tf.report.shares.Kind`.
        spans: `nas_tf.report.shares.Windows`.
    """
    figure, axes = make_axes("proposals", plain(f"share, {kind.kind}"), 2.7)
    values, labels = _largest(kind)
    labels = [plain(label) for label in labels]
    x = (spans.starts + spans.stops) / 2
    if kind.exclusive:
        colours = _shades(len(labels))
        axes.stackplot(x, values, labels=labels, colors=colours, alpha=0.85)
        axes.set_xlim(x[0], x[-1])
    else:
        for row, label, colour in zip(values, labels, LINES):
            axes.plot(x, row, label=label, color=colour)
    axes.set_ylim(0, 1)
    # The first of a stack is at the bottom.
    beside(axes, reverse=kind.exclusive)
    return figure


def _largest(kind, limit=8):
    """Returns shares `[K, P]` and labels; choices beyond a limit are merged."""
    values = kind.shares.T
    if len(values) <= limit:
        return np.nan_to_num(values), kind.labels
    if not kind.exclusive:
        # The nearest come first; the others are averaged.
        rest = values[limit - 1 :]
        known = np.sum(~np.isnan(rest), axis=0)
        rest = np.nansum(rest, axis=0) / np.where(known, known, np.nan)
        last = f"{limit} and more"
        values = np.vstack([values[: limit - 1], rest])
        return values, (*kind.labels[: limit - 1], last)
    values = np.nan_to_num(values)
    order = np.sort(np.argsort(-values.max(axis=1))[: limit - 1])
    rest = values.sum(axis=0) - values[order].sum(axis=0)
    labels = [kind.labels[place] for place in order]
    return np.vstack([values[order], rest]), (*labels, "others")


def importance(found, chance):
    """Returns the figure of how much each decision explains.

    Args:
        found: List of `nas_tf.report.importance.Importance`, largest first.
        chance: Share that chance explains.
    """
    shown = found[:MAX_BARS]
    figure, axes = make_axes("share of the variance explained", "")
    figure.set_figheight(max(1.1 + 0.2 * len(shown), 1.9))
    places = np.arange(len(shown))
    beyond = [one.share > chance for one in shown]
    axes.barh(
        places,
        [one.share for one in shown],
        height=0.65,
        color=[BLUE if one else GREY for one in beyond],
    )
    axes.axvline(chance, color=ORANGE, linestyle="--", label="chance")
    axes.set_yticks(places, [plain(one.name) for one in shown])
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.set_xlim(0, max(1.15 * chance, 1.05 * shown[0].share))
    percent(axes.xaxis)
    legend(axes)
    return figure


def settled(decisions, spans):
    """Returns the figure of how settled each decision was, over proposals.

    Args:
        decisions: List of `nas_tf.report.shares.Decided`.
        spans: `nas_tf.report.shares.Windows`.
    """
    count = len(decisions)
    height = min(max(1.2 + 0.16 * count, 2.2), 7)
    figure, axes = make_axes("proposals", "", height)
    image = axes.imshow(
        np.stack([decision.settled for decision in decisions]),
        aspect="auto",
        interpolation="nearest",
        cmap="viridis",
        vmin=0,
        vmax=1,
        extent=(spans.starts[0], spans.stops[-1], count - 0.5, -0.5),
    )
    every = -(-count // 36)
    places = np.arange(0, count, every)
    axes.set_yticks(places, [plain(decisions[place].name) for place in places])
    axes.tick_params(axis="y", labelsize=FONT_SIZE - 2)
    axes.grid(False)
    bar = figure.colorbar(image, ax=axes, ticks=(0, 0.5, 1))
    bar.outline.set_visible(False)
    bar.ax.tick_params(colors=TEXT, labelsize=FONT_SIZE - 1)
    return figure


def _shades(count):
    from matplotlib import colormaps

    return [colormaps["viridis"](x) for x in np.linspace(0.1, 0.95, count)]
