"""Compares searches of different strategies."""

import numpy as np
from scipy import stats

from experiments import pages
from experiments import results
from nas_tf.runs.directory import RunDirectory

# REINFORCE as these experiments were made with it: every proposal is a sample.
PLAIN = "reinforce(moves=0, distinct=False)"
# With shared weights: rewards are compared with those of the same minibatch.
WITHIN_BATCH = "reinforce(moves=0, distinct=False, baseline='batch')"
# How many judgements at the end of a search by shared weights are looked at.
LAST = 100


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


def thirds(rewards):
    """Returns the mean rewards of the first and of the last third."""
    count = len(rewards) // 3
    return rewards[:count].mean(), rewards[-count:].mean()


def _numbers(rewards):
    first, last = thirds(rewards)
    return first, last, last - first, rewards.max()


def _facts(job, rewards):
    failed = sum(not trial.ok for trial in results.trials(job))
    minutes = results.seconds(job).sum() / 60
    numbers = [f"{number:.4f}" for number in _numbers(rewards)]
    return [len(rewards), failed, *numbers, f"{minutes:.1f}"]


def judged_table(found, metric, measure, show):
    """Returns a table of searches by shared weights, with one row for each.

    Args:
        found: List of finished searches.
        metric: Name of a metric of their trials.
        measure: The metric as people call it.
        show: Function of the metric's value that returns text.
    """
    header = [
        "search",
        "judged",
        f"{measure} of the last {LAST}, median",
        f"different of the last {LAST}",
        "derived",
        f"{measure} of the best derived",
    ]
    rows = []
    for job in found:
        trials = results.trials(job)
        judged = [trial for trial in trials if not trial.derived]
        last = judged[-LAST:]
        best = RunDirectory(job.folder).best[0]
        # A judgement whose loss is not finite has no metrics.
        values = [trial.result.metrics[metric] for trial in last if trial.ok]
        rows.append(
            [
                job.name,
                len(judged),
                show(np.median(values)),
                len({trial.proposal.actions for trial in last}),
                len(trials) - len(judged),
                show(best.result.metrics[metric]),
            ]
        )
    return pages.table(header, rows)


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


def within_batches(trials, *values):
    """Returns arrays of values minus their means in each trial's batch.

    Trials of a batch share a minibatch, and weights that are trained as far.

    Args:
        trials: List of trials.
        *values: Functions of a trial that return a number.
    """
    batches = np.array([trial.proposal.batch for trial in trials])
    found = []
    for value in values:
        array = np.array([value(trial) for trial in trials], float)
        for batch in np.unique(batches):
            array[batches == batch] -= array[batches == batch].mean()
        found.append(array)
    return found


def explained_by_choices(space, trials, only=None):
    """Returns the adjusted R^2 of a linear model of rewards.

    Args:
        space: `SearchSpace`.
        trials: List of trials, each of as many decisions as the space has.
        only: Index of the one decision whose choices the model has. Default:
            None, for all decisions.
    """
    rewards = np.array([trial.reward for trial in trials])
    columns = [np.ones(len(trials))]
    for number, decision in enumerate(space.decisions):
        if only not in (None, number):
            continue
        actions = [trial.proposal.actions[number] for trial in trials]
        if decision.kind == "skip":
            columns += [
                [action >> bit & 1 for action in actions]
                for bit in range(decision.size)
            ]
        else:
            columns += [
                [action == choice for action in actions]
                for choice in range(1, decision.size)
            ]
    matrix = np.array(columns, float).T
    fitted = matrix @ np.linalg.lstsq(matrix, rewards, rcond=None)[0]
    degrees = len(rewards) - matrix.shape[1]
    left = ((rewards - fitted) ** 2).sum() / degrees
    return 1 - left / rewards.var(ddof=1)
