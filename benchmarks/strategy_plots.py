"""Plots for benchmarks.strategies."""

import matplotlib
import numpy as np

matplotlib.use("agg")

from matplotlib import pyplot

SIZE = (7, 4.2)


def draw_best(searches, path):
    """Draws the mean quality of the trials with the best reward.

    Args:
        searches: Dict of a strategy's name to an `[S, N]` array.
        path: PNG file to write.
    """
    figure, axes = pyplot.subplots(figsize=SIZE, layout="constrained")
    for name, quality in searches.items():
        counts = np.arange(1, quality.shape[1] + 1)
        mean = 100 * quality.mean(0)
        error = 100 * quality.std(0, ddof=1) / len(quality) ** 0.5
        (line,) = axes.plot(counts, mean, label=name)
        axes.fill_between(
            counts,
            mean - error,
            mean + error,
            color=line.get_color(),
            alpha=0.25,
            linewidth=0,
        )
    axes.set(
        xscale="log",
        xlabel="children",
        ylabel="test accuracy of the best by reward, %",
        xlim=(10, max(q.shape[1] for q in searches.values())),
    )
    # The first children are random for every strategy.
    shown = [100 * quality[:, 9:].mean(0) for quality in searches.values()]
    top = max(mean.max() for mean in shown)
    axes.set_ylim(min(mean[10:].min() for mean in shown), top + 0.1)
    axes.legend(fontsize="small")
    axes.grid(alpha=0.3)
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


def draw_gains(gains, path):
    """Draws how far the best rewards are above those of random search.

    Args:
        gains: Dict of a strategy's name to a dict of the number of best
            architectures to `[N]` differences of mean rewards.
        path: PNG file to write.
    """
    figure, axes = pyplot.subplots(
        1,
        len(gains),
        figsize=(3.2 * max(2, len(gains)), 3.4),
        layout="constrained",
        sharey=True,
        squeeze=False,
    )
    for plot, (name, tops) in zip(axes[0], gains.items()):
        for top, values in tops.items():
            label = "best" if top == 1 else f"mean of the best {top}"
            plot.plot(np.arange(1, len(values) + 1), 100 * values, label=label)
        plot.axhline(0, color="black", linewidth=0.8)
        plot.set_title(name.replace("(", "\n(", 1), fontsize="x-small")
        plot.set_xlabel("children")
        plot.grid(alpha=0.3)
    axes[0][0].set_ylabel("reward minus random search's, points")
    axes[0][0].legend(fontsize="small")
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
