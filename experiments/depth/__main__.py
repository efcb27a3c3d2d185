"""Does it help to increase the depth during the search?"""

import itertools

import numpy as np
from matplotlib import pyplot

from experiments import command
from experiments import jobs
from experiments import pages
from experiments import plots
from experiments import results
from experiments import searches

SEEDS = range(3)
# The paper begins with 6 layers and adds 2 at a time; here it begins with 2.
SPACES = {
    "growing": "conv(num_layers=8, num_filters=(4, 8, 12), start_layers=2, "
    "grow_by=2, grow_every=32)",
    "fixed": "conv(num_layers=8, num_filters=(4, 8, 12))",
}
TASK = "digits(epochs=3)"
# Shallow children take less time, so more of them fit into the same time.
CHILDREN = {"growing": 160, "fixed": 112}
PARTS = 4


def _searches(folder):
    return [
        jobs.search(
            folder,
            f"{name}_{seed}",
            space=space,
            task=TASK,
            strategy=searches.PLAIN,
            max_children=CHILDREN[name],
            seed=seed,
        )
        for seed in SEEDS
        for name, space in SPACES.items()
    ]


def stages(folder):
    yield _searches(folder)


def report(folder):
    groups = searches.by_strategy(_searches(folder))
    budget = min(results.seconds(job).sum() for job in _searches(folder))
    _draw(groups, budget, folder / "curves.png")
    pages.fill(folder / "README.md", "results", _table(groups, budget))


def _within(job, budget):
    """Returns rewards and end times of the children that fit into a budget."""
    ends = np.cumsum(results.seconds(job))
    count = np.searchsorted(ends, budget, side="right")
    return results.rewards(job)[:count], ends[:count]


def _table(groups, budget):
    header = ["search", "children in that time", "best reward"]
    header += [f"mean reward, quarter {i + 1}" for i in range(PARTS)]
    rows, numbers = [], {}
    for name, group in groups.items():
        for job in group:
            rewards, ends = _within(job, budget)
            edges = np.searchsorted(ends, np.linspace(0, budget, PARTS + 1))
            parts = [
                rewards[start:stop].mean()
                for start, stop in itertools.pairwise(edges)
            ]
            numbers.setdefault(name, []).append([rewards.max(), *parts])
            rows.append(
                [job.name, len(rewards)]
                + [f"{value:.4f}" for value in numbers[name][-1]]
            )
        rows.append(
            [f"**{name}**, mean", ""]
            + [results.with_error(c, 4) for c in np.array(numbers[name]).T]
        )
    growing, fixed = (np.array(numbers[name]) for name in SPACES)
    lines = [
        f"- {title}: growing minus fixed "
        f"{results.difference(growing[:, i], fixed[:, i], 4)}"
        for title, i in (("best reward", 0), ("mean of the last quarter", -1))
    ]
    return "\n\n".join(
        [
            f"All within {budget / 60:.1f} minutes of training children.",
            pages.table(header, rows),
            "\n".join(lines),
        ]
    )


def _draw(groups, budget, path):
    """Draws mean and best rewards over the training time."""
    times = np.linspace(budget / 20, budget, 200)
    figure, (average, best) = pyplot.subplots(
        1, 2, figsize=plots.SIZE, layout="constrained"
    )
    for number, (name, group) in enumerate(groups.items()):
        means, tops = [], []
        for job in group:
            rewards, ends = _within(job, budget)
            counts = np.searchsorted(ends, times, side="right")
            starts = np.searchsorted(ends, times - budget / 10, side="right")
            means.append(
                [
                    rewards[i:n].mean() if n > i else np.nan
                    for i, n in zip(starts, counts)
                ]
            )
            tops.append([rewards[:n].max() if n else np.nan for n in counts])
        plots.lines(average, times / 60, means, name, number)
        plots.lines(best, times / 60, tops, name, number)
    average.set(ylabel="mean reward of a tenth of the time")
    best.set(ylabel="best reward so far")
    for axes in (average, best):
        axes.set(xlabel="minutes of training children")
    average.legend(fontsize="small")
    plots.save(figure, path)


if __name__ == "__main__":
    command.run("depth", stages, report)
