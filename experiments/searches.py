"""Compares searches of different strategies."""

import numpy as np
from scipy import stats

from experiments import pages
from experiments import results

# REINFORCE as these experiments were made with it: every proposal is a sample.
PLAIN = "reinforce(moves=0, distinct=False)"


def by_strategy(searches):
    """Returns a dict of a strategy's name to the list of its searches.

    Args:
        searches: Iterable of jobs with names such as "reinforce_0", made of
            strategy and seed.
    """
    groups = {}
    for job in searches:
        groups.setdefault(job.name.rsplit("_", 1)[0], []).append(job)
    return groups


def stacked(groups):
    """Returns a dict of a strategy's name to its `[S, N]` rewards."""
    return {
        name: np.stack([results.rewards(job) for job in group])
        for name, group in groups.items()
    }


def table(groups):
    """Returns a table with one row per search and one mean per strategy."""
    header = [
        "search",
        "children",
        "failed",
        "first third",
        "last third",
        "gain",
        "best",
        "minutes",
    ]
    rows = []
    for name, group in groups.items():
        rewards = [results.rewards(job) for job in group]
        for job, row in zip(group, rewards):
            rows.append([job.name, *_facts(job, row)])
        columns = np.array([_numbers(row) for row in rewards])
        rows.append(
            [
                f"**{name}**, mean",
                "",
                "",
                *(results.with_error(column, 4) for column in columns.T),
                "",
            ]
        )
    return pages.table(header, rows)


def _numbers(rewards):
    third = len(rewards) // 3
    first, last = rewards[:third].mean(), rewards[-third:].mean()
    return first, last, last - first, rewards.max()


def _facts(job, rewards):
    failed = sum(not trial.ok for trial in results.trials(job))
    minutes = results.seconds(job).sum() / 60
    numbers = [f"{number:.4f}" for number in _numbers(rewards)]
    return [len(rewards), failed, *numbers, f"{minutes:.1f}"]


def comparison(groups, ours="reinforce", theirs="random"):
    """Returns lines about the differences between two strategies.

    The p values are from Welch's t-test over seeds.
    """
    rewards = stacked(groups)
    lines = []
    for title, number in (
        ("mean reward of the last third", 1),
        ("gain from the first to the last third", 2),
        ("best reward", 3),
    ):
        pair = [
            [_numbers(row)[number] for row in rewards[name]]
            for name in (ours, theirs)
        ]
        lines.append(
            f"- {title}: {ours} minus {theirs} {results.difference(*pair, 4)}"
        )
    return "\n".join(lines)


def ranks(ours, theirs):
    """Returns Spearman's rank correlation of two sequences."""
    return stats.spearmanr(ours, theirs).statistic
