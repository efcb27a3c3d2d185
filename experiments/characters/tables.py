"""The table of experiments.characters."""

import math

from experiments import pages
from experiments import results
from experiments import searches
from nas_tf import registry


def write(folder, trainings):
    """Fills the README.

    Args:
        folder: `pathlib.Path` of the experiment.
        trainings: List of trainings named by cell and seed, as "lstm_0".
    """
    groups = searches.by_strategy(trainings)
    header = ["training", "parameters", "rate chosen", "validation", "test"]
    rows, scores = [], {}
    for name, group in groups.items():
        for job in group:
            card = job.read()
            rate = registry.make("tasks", card["task"]).learning_rate
            rows.append(
                [
                    job.name,
                    f"{card['parameters']:,}",
                    f"{rate:g}",
                    f"{_bits(card, 'valid'):.3f}",
                    f"{_bits(card, 'test'):.3f}",
                ]
            )
        scores[name] = [_bits(job.read(), "test") for job in group]
        mean = results.with_error(scores[name])
        rows.append([f"**{name}**, mean", "", "", "", mean])
    difference = results.difference(scores["nascell"], scores["lstm"])
    pages.fill(
        folder / "README.md",
        "cells",
        f"{pages.table(header, rows)}\n\n- nascell minus lstm: {difference}",
    )


def _bits(card, split):
    """Returns the bits a character of a finished training."""
    return card[split]["loss"] / math.log(2)
