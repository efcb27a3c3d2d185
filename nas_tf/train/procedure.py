"""The order of events: re-rank, go through a grid, train, test, export."""

import contextlib
import dataclasses
import hashlib
import json

import filelock

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.files import write_json
from nas_tf.runs import archive
from nas_tf.runs import configuration as configurations
from nas_tf.runs import event_log
from nas_tf.search import console
from nas_tf.seeds import derive_seed
from nas_tf.train import export
from nas_tf.train import model_card
from nas_tf.train import stages
from nas_tf.train import trainer
from nas_tf.train.candidates import Candidate
from nas_tf.training import devices as all_devices

MODEL = "model"
HISTORY = "history.json"


@dataclasses.dataclass(frozen=True)
class Plan:
    """What is to be trained, and how.

    Attributes:
        space: `SearchSpace` that builds the architectures.
        task: `Task` with the recipe; its number of epochs is not looked at.
        candidates: Tuple of `Candidate`, one at least. Several are trained
            for `trial_epochs` each and the best of them is taken.
        cells: Sequence of tuples of options, see `candidates.grid`; with more
            than one the architecture is trained with each for `trial_epochs`.
        epochs: Epochs of the last training, at least 1.
        trial_epochs: Epochs of each of those before it, at least 1.
        seed: Integer that all randomness comes from.
    """

    space: object
    task: object
    candidates: tuple
    cells: tuple
    epochs: int
    trial_epochs: int
    seed: int

    def check(self):
        """Raises `UsageError` if something in it does not go together."""
        self.task.check()
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
        return {
            "name": "training",
            "space": registry.call_string(self.space),
            "task": registry.call_string(self.task),
            "architectures": [c.title for c in self.candidates],
            "specs": hashlib.sha256(specs.encode()).hexdigest()[:16],
            "cells": [[list(pair) for pair in cell] for cell in self.cells],
            "epochs": self.epochs,
            "trial_epochs": self.trial_epochs,
            "seed": self.seed,
        }


@contextlib.contextmanager
def hold(plan, folder):
    """Holds a directory for this process and this plan alone.

    Raises:
        UsageError: If it cannot be written, is in use, or another plan's.
    """
    lock = filelock.FileLock(folder / "lock", timeout=0)
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
        path = folder / configurations.FILE
        if path.exists():
            try:
                configurations.compare(path, plan.to_json())
            except UsageError as error:
                raise UsageError(
                    f"{error}. Another --output leaves both."
                ) from None
        else:
            write_json(path, plan.to_json())
        yield
    finally:
        lock.release()


def run(plan, folder, executor="process", devices=1):
    """Carries a plan out, from where the last start left it.

    Args:
        plan: `Plan`.
        folder: `pathlib.Path` of the directory for all that comes of it.
        executor: Call string: where trainings but the last run.
        devices: Devices a training is done on.

    Returns:
        The model's card, see `model_card.make`.

    Raises:
        UsageError: See `trainer.train` and `export.export`.
    """
    if devices > 1:
        # Before anything starts TensorFlow's runtime.
        all_devices.names(devices)
    candidate = _best_of_stages(plan, folder, executor, devices)
    return _train(plan, candidate, folder, devices)


def _best_of_stages(plan, folder, executor, devices):
    """Returns the candidate that does best in the trainings before."""
    chosen, *others = plan.candidates
    if others:
        chosen = _stage(
            plan, plan.candidates, folder, "architectures", executor, devices
        )
    cells = [dataclasses.replace(chosen, options=c) for c in plan.cells]
    if len(cells) == 1:
        [chosen] = cells
    elif cells:
        chosen = _stage(plan, cells, folder, "recipes", executor, devices)
    return chosen


def _stage(plan, candidates, folder, what, executor, devices):
    print(
        f"Training {len(candidates)} {what}, {plan.trial_epochs} epochs each.",
        flush=True,
    )
    task = plan.task.in_full(plan.trial_epochs)
    run_dir = folder / what
    chosen, _ = stages.best_candidate(
        candidates,
        plan.space,
        task,
        run_dir,
        executor=executor,
        seed=derive_seed(plan.seed, what),
        devices=devices,
    )
    trials = archive.read_trials(run_dir)
    print(stages.table(trials, candidates, task), flush=True)
    return chosen


def _train(plan, candidate, folder, devices):
    task = plan.task.in_full(plan.epochs)
    space, own_task = candidate.applied(plan.space, task)
    cost = space.cost(candidate.spec, own_task)
    adds = cost.multiply_adds
    print(
        f"Training for {plan.epochs} epochs: {candidate.describe()}\n"
        f"{space.describe(candidate.spec)}\n"
        f"{cost.params:,} parameters"
        + (f", {adds:,} multiply-adds." if adds is not None else "."),
        flush=True,
    )
    seed = derive_seed(plan.seed, "train")
    states = folder / "training"
    done = trainer.open_checkpoint(own_task, states).num_epochs_done
    if done:
        print(f"Going on after {done} epochs.", flush=True)
    with _watched(folder, own_task, done) as on_epoch:
        trained = trainer.train(
            candidate, plan.space, task, seed, states, devices, on_epoch
        )
    write_json(states / HISTORY, trained.history)
    card = model_card.make(
        candidate, space, own_task, trained, plan.seed, devices
    )
    _say_scores(card, own_task)
    target = folder / MODEL
    reloaded = export.export(
        trained.model,
        candidate.spec,
        space.graph(candidate.spec),
        card,
        own_task,
        target,
    )
    for name, scores in reloaded.items():
        value = own_task.show(scores[own_task.measure])
        print(f"{target / name}, loaded in a new process: {value}")
    return card


@contextlib.contextmanager
def _watched(folder, task, done):
    """Gives what shows the training's progress, here and in TensorBoard."""
    name = task.measure.replace("_", " ")
    log = event_log.EventLog(folder / "events")
    bar = console.bar(task.epochs, done, "epoch")

    def on_epoch(epoch, logs):
        measured = logs.get(f"val_{task.measure}", logs.get(task.measure))
        facts = {"loss": f"{logs['loss']:.4f}"}
        if measured is not None:
            facts[name] = task.show(measured)
        bar.set_postfix(facts, refresh=False)
        bar.update()
        log.scalars(
            {
                f"validation/{key.removeprefix('val_')}"
                if key.startswith("val_")
                else f"training/{key}": value
                for key, value in logs.items()
                if value is not None
            },
            epoch + 1,
        )
        log.flush()

    with bar, contextlib.closing(log):
        yield on_epoch


def _say_scores(card, task):
    name = task.measure.replace("_", " ")
    print(f"Best on validation after epoch {card['best_epoch'] + 1}.")
    for split in ("valid", "test"):
        print(f"{split} {name} {task.show(card[split][task.measure])}")


def candidates_of(found, add_filters=0):
    """Returns the `Candidate`s of what `architectures.find` found.

    Args:
        found: `Found`.
        add_filters: Filters to add to every layer (Zoph & Le 2017, section
            4.1, has 40 for its largest network), at least 0.

    Raises:
        UsageError: If filters are added to what has no layers of them.
    """
    candidates = []
    for title, spec in found.specs:
        if add_filters:
            spec = spec.with_more_filters(add_filters)
            title += f", {add_filters} more filters"
        candidates.append(Candidate(title, spec))
    return tuple(candidates)
