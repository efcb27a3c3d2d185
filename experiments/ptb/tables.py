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


def write(folder, found, winners, cells):
    """Fills the README and draws the curves.

    Args:
        folder: `pathlib.Path` of the experiment.
        found: List of searches.
        winners: List of trainings, one for each search.
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
    pages.fill(readme, "winners", _winners(winners))
    pages.fill(readme, "cells", _cells(cells))


def _winners(winners):
    rows = [
        [
            job.name,
            job.read()["architecture"].split(",")[0],
            f"{validation(job):.1f}",
            f"{test(job):.1f}",
        ]
        for job in winners
    ]
    groups = searches.by_strategy(winners)
    scores = {name: [test(j) for j in group] for name, group in groups.items()}
    lines = [
        f"- {name}: {results.with_error(values, 1)}"
        for name, values in scores.items()
    ]
    pair = scores["reinforce"], scores["random"]
    lines.append(f"- reinforce minus random: {results.difference(*pair, 1)}")
    header = ["winner of", "trial", "validation", "test"]
    return pages.table(header, rows) + "\n\n" + "\n".join(lines)


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
    return pages.table(header, rows)


def _recipe(card):
    """Returns the options that the grid chose."""
    rate = card["task"]["learning_rate"]
    return f"rate {rate:g}, weights ±{card['space']['init_range']:g}"
