"""Trains a recipe of experiments/full twice, once with breaks.

`python -m tests.full_training RECIPE FOLDER DATA` prints both histories.
"""

import json
import pathlib
import sys
from unittest import mock

from experiments.full import recipes
from nas_tf import registry
from nas_tf.lazy_keras import import_keras
from nas_tf.machine import halting
from nas_tf.train import architectures

# After so many questions whether to stop, of which there is one after each
# call of one or two steps, a start stops.
BREAKS = (2, 9)


def histories(name, folder, data_dir):
    """Returns the history of a training without a break, and one with."""
    import_keras()
    from nas_tf.train import trainer

    flags = recipes.find(name).flags(
        "small",
        folder,
        str(data_dir),
        precision=None,
        steps_per_call=2,
        train_tokens=1200,
        valid_tokens=400,
    )
    found = architectures.find(flags["architecture"], flags["space"])
    [candidate] = found.candidates()
    task = registry.make("tasks", flags["task"]).in_full(2)

    def train(part):
        states = folder / part
        return trainer.train(candidate, found.space, task, 0, states).history

    stopped = []
    for number in BREAKS:
        asked = iter([False] * (number - 1))
        with mock.patch.object(halting, "asked", lambda a=asked: next(a, True)):
            try:
                train("parts")
            except halting.Halted:
                state = trainer.open_checkpoint(task, folder / "parts")
                steps = state.begun and state.begun.num_steps
                stopped.append((state.num_epochs_done, steps))
    return {
        "whole": train("whole"),
        "parts": train("parts"),
        "stopped": stopped,
    }


if __name__ == "__main__":
    print(json.dumps(histories(sys.argv[1], *map(pathlib.Path, sys.argv[2:]))))
