"""Tables and plots of experiments.ptb."""

import collections

import numpy as np

from experiments import pages
from experiments import plots
from experiments import results
from experiments import searches
from nas_tf import registry

WINDOW = 16
# The numbers of best cells by which the paper compares its strategies.
BEST = (1, 5, 15)
PAIRS = (
    ("reinforce", "lstm"),
    ("reinforce", "nascell"),
    ("nascell", "lstm"),
    ("reinforce", "random"),
)


def validation(job):
    """Returns a finished training's validation perplexity."""
    return job.read()["valid"]["perplexity"]


def test(job):
    """Returns a finished training's test perplexity."""
    return job.read()["test"]["perplexity"]


def write(folder, found, cells):
    """Fills the README and draws the curves.

    Args:
        folder: `pathlib.Path` of the experiment.
        found: List of searches.
        cells: List of trainings named by cell and seed, as "lstm_0".
    """
    groups = searches.by_strategy(found)
    plots.draw_searches(searches.stacked(groups), folder / "curves.png", WINDOW)
    readme = folder / "README.md"
    pages.fill(
        readme,
        "searches",
        "\n\n".join(
            [
                searches.table(groups),
                searches.comparison(groups),
                _best_cells(groups),
                _settling(groups),
            ]
        ),
    )
    pages.fill(readme, "what makes a reward", _what_counts(groups))
    pages.fill(readme, "cells", compared(searches.by_strategy(cells), PAIRS))


def lowest(job, count):
    """Returns the mean validation perplexity of a search's best cells.

    Args:
        job: The search.
        count: Number of cells; a cell that was trained twice counts once.
    """
    trials = results.trials(job)
    perplexities = {}
    for trial, cell in zip(trials, _cells_of(job, trials)):
        if trial.ok:
            perplexity = trial.result.metrics["val_perplexity"]
            perplexities.setdefault(cell, perplexity)
    return np.mean(sorted(perplexities.values())[:count])


def _cells_of(job, trials):
    """Returns one string per trial, equal for equal cells."""
    space = registry.make("spaces", job.flags_of_run()["space"])
    return [space.key(trial.proposal.actions) for trial in trials]


def _settling(groups):
    header = [
        "search",
        "different cells",
        "of the last third",
        "times of the most frequent",
        "failed there",
    ]
    rows = []
    for job in (job for group in groups.values() for job in group):
        trials = results.trials(job)
        last = trials[-(len(trials) // 3) :]
        counts = collections.Counter(_cells_of(job, last))
        rows.append(
            [
                job.name,
                len(set(_cells_of(job, trials))),
                f"{len(counts)} of {len(last)}",
                max(counts.values()),
                sum(not trial.ok for trial in last),
            ]
        )
    return pages.table(header, rows)


def _what_counts(groups):
    """Returns how much of a reward is noise, and how much single choices."""
    twice = collections.defaultdict(list)
    for job in (job for group in groups.values() for job in group):
        trials = results.trials(job)
        for trial, cell in zip(trials, _cells_of(job, trials)):
            twice[cell].append(trial.reward)
    pairs = [rewards[:2] for rewards in twice.values() if len(rewards) > 1]
    space = registry.make("spaces", groups["random"][0].flags_of_run()["space"])
    trials = [t for job in groups["random"] for t in results.trials(job)]
    alone = [
        searches.explained_by_choices(space, trials, number)
        for number in range(len(space.decisions))
    ]
    return "\n".join(
        [
            f"- {len(pairs)} of {len(twice)} different cells were trained more "
            f"than once: Spearman of the rewards of their first two trainings "
            f"{searches.ranks(*zip(*pairs)):.2f}",
            f"- of the variance of {len(trials)} random cells' rewards a sum "
            f"over single choices explains "
            f"{searches.explained_by_choices(space, trials):.0%}, and the "
            f"decision that explains most {max(alone):.0%}",
        ]
    )


def _best_cells(groups):
    found = {
        (name, count): [lowest(job, count) for job in group]
        for name, group in groups.items()
        for count in BEST
    }
    header = ["mean perplexity of", *groups, "difference"]
    rows = [
        [
            f"the best {count}" if count > 1 else "the best",
            *(results.with_error(found[name, count], 1) for name in groups),
            results.difference(
                found["reinforce", count], found["random", count], 1
            ),
        ]
        for count in BEST
    ]
    return pages.table(header, rows)


def compared(groups, pairs):
    """Returns a table of trainings, and lines about their differences.

    Args:
        groups: Dict from a cell's name to the list of its trainings.
        pairs: Sequence of pairs of names.
    """
    header = ["cell", "parameters", "recipe chosen", "validation", "test"]
    rows = []
    for name, group in groups.items():
        for job in group:
            card = job.read()
            rows.append(
                [
                    job.name,
                    f"{card['parameters']:,}",
                    _recipe(card),
                    f"{validation(job):.1f}",
                    f"{test(job):.1f}",
                ]
            )
        rows.append(
            [
                f"**{name}**, mean",
                "",
                "",
                results.with_error([validation(job) for job in group], 1),
                results.with_error([test(job) for job in group], 1),
            ]
        )
    scores = {
        name: [test(job) for job in group] for name, group in groups.items()
    }
    lines = [
        f"- {ours} minus {theirs}: "
        f"{results.difference(scores[ours], scores[theirs], 1)}"
        for ours, theirs in pairs
    ]
    return pages.table(header, rows) + "\n\n" + "\n".join(lines)


def _recipe(card):
    """Returns the options that the grid chose, as text."""
    task, space = card["task"], card["space"]
    if isinstance(task, dict):
        # As earlier versions wrote a card.
        rate, init_range = task["learning_rate"], space["init_range"]
        return f"rate {rate:g}, weights ±{init_range:g}"
    rate = registry.make("tasks", task).learning_rate
    network = registry.make("spaces", space).network
    weights = f"weights ±{network.init_range:g}"
    return f"rate {rate:g}, {weights}, {pages.outputs(network.output_scale)}"
