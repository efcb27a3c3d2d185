"""The plan of a training, and the directory that belongs to it."""

import contextlib
import dataclasses
import hashlib
import json

import filelock

from nas_tf import checks
from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.files import plain
from nas_tf.files import write_json
from nas_tf.runs import configuration as configurations
from nas_tf.runs import data_identity
from nas_tf.runs import ownership
from nas_tf.train import architectures
from nas_tf.train import candidates
from nas_tf.train import ensemble as ensembles

# By default a full training has this many times the epochs of a child.
LONGER = 10


@dataclasses.dataclass(frozen=True)
class Plan:
    """What is to be trained, and how.

    Attributes:
        space: `SearchSpace` that builds the architectures.
        task: `Task` with the recipe; its number of epochs is ignored.
        candidates: Tuple of at least one `Candidate`. If there are several,
            each is trained for `trial_epochs` and the best is chosen.
        cells: Sequence of tuples of options, see `candidates.grid`. If there
            are several, the chosen architecture is trained with each of them
            for `trial_epochs` and the best is chosen.
        epochs: Epochs of the full training, at least 1.
        trial_epochs: Epochs of each short training before it, at least 1.
        seed: Integer that all randomness derives from.
        ensemble: Whether all candidates are trained in full, for a model that
            returns the mean of their outputs. Default: False.
    """

    space: object
    task: object
    candidates: tuple
    cells: tuple
    epochs: int
    trial_epochs: int
    seed: int
    ensemble: bool = False

    def check(self):
        """Raises `UsageError` if parts of the plan do not go together."""
        if self.ensemble:
            ensembles.check(self.task)
        self.task.check()
        if self.task.kind != "language_model":
            # Those of a vocabulary are symbols of lines already.
            checks.lines(self.task.class_names, "names of classes")
        for candidate in self.candidates:
            for options in self.cells or ((),):
                changed = dataclasses.replace(candidate, options=options)
                space, task = changed.applied(self.space, self.task)
                space.check_task(task)
                # An architecture may not fit even where its space does.
                space.cost(changed.spec, task)

    def to_json(self):
        """Returns what may not change between two starts."""
        specs = json.dumps([c.spec.to_json() for c in self.candidates])
        ensemble = {"ensemble": True} if self.ensemble else {}
        return {
            "format": configurations.FORMAT,
            "name": ownership.TRAINING,
            "space": registry.call_string(self.space),
            "task": registry.call_string(self.task),
            "architectures": [c.title for c in self.candidates],
            "specs": hashlib.sha256(specs.encode()).hexdigest()[:16],
            "cells": [[list(pair) for pair in cell] for cell in self.cells],
            "epochs": self.epochs,
            "trial_epochs": self.trial_epochs,
            "seed": self.seed,
            **ensemble,
        }

    def with_data(self):
        """Returns what `to_json` does, and what identifies the data."""
        return {**self.to_json(), **data_identity.of(self.task)}

    def digest(self, with_data=False):
        """Returns a short name that differs from that of any other plan.

        Args:
            with_data: Whether it differs with the data too. Default: False.
        """
        record = self.with_data() if with_data else self.to_json()
        text = json.dumps(record, sort_keys=True, default=plain)
        return hashlib.sha256(text.encode()).hexdigest()[:8]

    def as_ensemble(self):
        """Returns the plan of an ensemble of its candidates."""
        return dataclasses.replace(self, ensemble=True)


def make(
    architecture,
    task=None,
    space=None,
    epochs=None,
    top_k=1,
    grid=None,
    trial_epochs=None,
    add_filters=0,
    seed=0,
    ensemble=1,
):
    """Returns the `Plan` that the flags of the command describe.

    Args:
        architecture: See `architectures.find`.
        task: Call string. Default: the task the architecture was found on.
        space: Call string. Default: the space the architecture was found in.
        epochs: Epochs of the full training. Default: those of `task` if it is
            given, otherwise `LONGER` times as many as a child had.
        top_k: How many of a run's best to train briefly, at least 1.
        grid: Call string, see `candidates.grid`, or None.
        trial_epochs: Epochs of each short training. Default: a quarter of
            `epochs`, at least 1.
        add_filters: Filters to add to every layer, at least 0.
        seed: Integer that all randomness derives from.
        ensemble: How many of a run's best to train in full for a model that
            returns the mean of their outputs, at least 1. With 1 (default)
            there is no such model.

    Raises:
        UsageError: If an argument names something that does not exist.
    """
    if ensemble > 1 and (top_k > 1 or grid):
        raise UsageError(
            f"Expected --ensemble without --top_k and --grid, as all of its "
            f"members are trained in full. Received: --top_k={top_k} "
            f"--grid={grid}"
        )
    found = architectures.find(architecture, space, max(top_k, ensemble))
    if len(found.specs) < ensemble:
        raise UsageError(
            f"Expected {ensemble} successful children of different "
            f"architectures for --ensemble. Received: {len(found.specs)} in "
            f"{architecture}"
        )
    if not (task or found.task):
        raise UsageError(
            f"Expected --task, the task to train on, for "
            f"--architecture={architecture}. Received: none"
        )
    own_task = _task(task, found.task)
    epochs = epochs or _default_epochs(own_task, longer=not task)
    return Plan(
        space=found.space,
        task=own_task,
        candidates=found.candidates(add_filters),
        cells=tuple(candidates.grid(grid)) if grid else (),
        epochs=epochs,
        trial_epochs=trial_epochs or max(1, epochs // 4),
        seed=seed,
        ensemble=ensemble > 1,
    )


def of_trials(space, task, trials, epochs=None, longer=True):
    """Returns the `Plan` of a run's trials, as `make` does for its directory.

    Args:
        space: `SearchSpace`.
        task: `Task` to train on.
        trials: Sequence of `Trial`, the best first.
        epochs: Epochs of the full training. Default: those of `task`, or
            `LONGER` times as many.
        longer: Whether that default is `LONGER` times as many. Default: True.
    """
    epochs = epochs or _default_epochs(task, longer)
    return Plan(
        space=space,
        task=task,
        candidates=architectures.of_trials(space, trials).candidates(),
        cells=(),
        epochs=epochs,
        trial_epochs=max(1, epochs // 4),
        seed=0,
    )


def _default_epochs(task, longer):
    return task.epochs * (LONGER if longer else 1)


def _task(asked, found):
    try:
        return registry.make("tasks", asked or found)
    except UsageError as error:
        if asked:
            raise
        # A file of an architecture does not say where data lies, for example.
        raise UsageError(f"{error} Name the task by --task.") from None


@contextlib.contextmanager
def hold(plan, folder):
    """Reserves a directory for this process and this plan.

    Args:
        plan: `Plan`, which is written to the directory at the first start.
        folder: `pathlib.Path` of the directory, made if missing.

    Raises:
        UsageError: If the directory cannot be written, is used by another
            process, belongs to another plan, or holds files of others that
            would be replaced.
    """
    ownership.check(folder, ownership.TRAINING)
    lock = filelock.FileLock(folder / "lock", timeout=0.2)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except filelock.Timeout:
        raise UsageError(
            f"Directory {folder} is in use by a live process."
        ) from None
    except OSError as error:
        raise UsageError(
            f"Expected a folder that can be written. Received: {folder} "
            f"({error.strerror})"
        ) from None
    try:
        _check_or_write(plan, folder / configurations.FILE)
        yield
    finally:
        lock.release()


def _check_or_write(plan, path):
    now = plan.with_data()
    if not path.exists():
        write_json(path, now)
        return
    try:
        configurations.compare(path, now)
    except UsageError as error:
        raise UsageError(
            f"{error}. Another --output keeps both trainings."
        ) from None
