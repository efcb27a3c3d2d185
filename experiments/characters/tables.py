"""The table of experiments.characters, of the trainings that are finished."""

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
    page = folder / "README.md"
    done = [job for job in trainings if job.share_done() == 1]
    pages.fill(
        page, "done", f"Finished: {len(done)} of {len(trainings)} trainings."
    )
    groups = searches.by_strategy(done)
    header = ["training", "parameters", "recipe chosen", "validation", "test"]
    rows, scores = [], {}
    for name, group in groups.items():
        for job in group:
            card = job.read()
            rows.append(
                [
                    job.name,
                    f"{card['parameters']:,}",
                    _recipe(card),
                    f"{_bits(card, 'valid'):.3f}",
                    f"{_bits(card, 'test'):.3f}",
                ]
            )
        scores[name] = [_bits(job.read(), "test") for job in group]
        mean = results.with_error(scores[name])
        rows.append([f"**{name}**, mean", "", "", "", mean])
    text = pages.table(header, rows)
    if len(scores) > 1:
        difference = results.difference(scores["nascell"], scores["lstm"])
        text += f"\n\n- nascell minus lstm: {difference}"
    pages.fill(page, "cells", text)


def _recipe(card):
    """Returns the options that the grid chose, as text."""
    rate = registry.make("tasks", card["task"]).learning_rate
    scale = registry.make("spaces", card["space"]).network.output_scale
    return f"rate {rate:g}, {pages.outputs(scale)}"


def _bits(card, split):
    """Returns the bits a character of a finished training."""
    return card[split]["loss"] / math.log(2)
