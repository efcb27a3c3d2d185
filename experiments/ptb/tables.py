"""Tables and plots of experiments.ptb."""

from experiments import pages
from experiments import plots
from experiments import results
from experiments import searches

WINDOW = 16


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
        cells: List of trainings named as `lstm_0`: cell and seed.
    """
    groups = searches.by_strategy(found)
    plots.draw_searches(searches.stacked(groups), folder / "curves.png", WINDOW)
    readme = folder / "README.md"
    pages.fill(
        readme,
        "searches",
        searches.table(groups) + "\n\n" + searches.comparison(groups),
    )
    pages.fill(readme, "cells", _cells(cells))


def _cells(cells):
    header = ["cell", "parameters", "recipe chosen", "validation", "test"]
    rows = []
    for name, group in searches.by_strategy(cells).items():
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
        name: [test(job) for job in group]
        for name, group in searches.by_strategy(cells).items()
    }
    lines = [
        f"- {ours} minus {theirs}: "
        f"{results.difference(scores[ours], scores[theirs], 1)}"
        for ours, theirs in (
            ("reinforce", "lstm"),
            ("reinforce", "nascell"),
            ("nascell", "lstm"),
            ("reinforce", "random"),
        )
    ]
    return pages.table(header, rows) + "\n\n" + "\n".join(lines)


def _recipe(card):
    """Returns the options that the grid chose."""
    rate = card["task"]["learning_rate"]
    return f"rate {rate:g}, weights ±{card['space']['init_range']:g}"
