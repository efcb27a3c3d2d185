"""Curves of searches: a thin line per seed and a thick one for their mean."""

import matplotlib
import numpy as np

from experiments import results

matplotlib.use("agg")

from matplotlib import pyplot

SIZE = (8.4, 3.4)


def draw_searches(groups, path, window, measure="reward"):
    """Draws the mean and the best reward over the number of children.

    Args:
        groups: Dict of a label to `[S, N]` rewards in the order of proposing.
        path: PNG file to write.
        window: Number of children in the moving average.
        measure: Name of the reward in the labels of axes.
    """
    figure, (average, best) = pyplot.subplots(
        1, 2, figsize=SIZE, layout="constrained"
    )
    for number, (label, rewards) in enumerate(groups.items()):
        children = np.arange(1, rewards.shape[1] + 1)
        means = [results.moving_average(row, window) for row in rewards]
        lines(average, children[window - 1 :], means, label, number)
        tops = np.maximum.accumulate(rewards, axis=1)
        lines(best, children, tops, label, number)
    average.set(ylabel=f"mean {measure} of {window} children")
    best.set(ylabel=f"best {measure} so far")
    lowest = min(r[:, :window].max(1).min() for r in groups.values())
    highest = max(rewards.max() for rewards in groups.values())
    best.set_ylim(lowest, highest + 0.05 * (highest - lowest))
    for axes in (average, best):
        axes.set(xlabel="children")
    average.legend(fontsize="small")
    save(figure, path)


def lines(axes, xs, rows, label, number):
    """Draws a line for each row and one for their mean.

    Args:
        axes: Matplotlib axes.
        xs: N positions.
        rows: `[S, N]` values.
        label: Label of the mean.
        number: Which of Matplotlib's default colours to use.
    """
    colour = f"C{number}"
    for row in rows:
        axes.plot(xs, row, color=colour, alpha=0.3, linewidth=0.8)
    axes.plot(xs, np.mean(rows, axis=0), color=colour, label=label, linewidth=2)


def save(figure, path):
    """Writes a figure to a PNG file; equal figures give equal bytes."""
    for axes in figure.axes:
        axes.grid(alpha=0.3)
    figure.savefig(path, dpi=110, metadata={"Software": None})
    pyplot.close(figure)
