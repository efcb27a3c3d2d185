"""A finished or growing run, read from its directory."""

import dataclasses
import functools
import importlib
import json
import pathlib

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.runs import archive
from nas_tf.runs import configuration as configurations
from nas_tf.tasks.base import NoTask

FLAGS_FILE = "flags.txt"
RANDOM = "RandomSearch"


@dataclasses.dataclass(frozen=True)
class Run:
    """What a run directory says.

    Attributes:
        path: `pathlib.Path` of the directory, made absolute.
        configuration: Dict, see `nas_tf.search.run_search`.
        flags: Dict from a flag's name to its text; empty for a run that no
            command made.
        trials: List of `Trial`, in the order of finishing.
    """

    path: pathlib.Path
    configuration: dict
    flags: dict
    trials: list

    @property
    def name(self):
        return self.path.name

    @property
    def seed(self):
        return self.configuration.get("seed")

    @property
    def is_random(self):
        return _name_of(self.configuration, "strategy") == RANDOM

    @functools.cached_property
    def best(self):
        """List of different successful trials, best first."""
        return archive.best_of(self.trials, len(self.trials))

    @functools.cached_property
    def space(self):
        """The `SearchSpace`, or None where it cannot be made here."""
        return self._made("space", "spaces")

    @functools.cached_property
    def task(self):
        """The `Task`, or None where it cannot be made here."""
        # A command writes its default task down even if none is used.
        if _name_of(self.configuration, "task") == NoTask.__name__:
            return NoTask()
        return self._made("task", "tasks")

    def part(self, name):
        """Returns how a part was asked for, for instance "conv(...)"."""
        if name == "task" and isinstance(self.task, NoTask):
            return "none"
        if name in self.flags:
            return self.flags[name]
        return _name_of(self.configuration, name) or "unknown"

    def measure(self, trial):
        """Returns what people judge a trial by, as text, or "-"."""
        name = self.measure_name
        metrics = trial.result.metrics
        value = metrics.get(f"val_{name}", metrics.get(name))
        return "-" if value is None else self.show(value)

    @functools.cached_property
    def measure_name(self):
        """Name of the measure, such as "accuracy"; "" if there is none."""
        if self.task is not None:
            return self.task.measure
        names = [
            name.removeprefix("val_")
            for name in self.best[0].result.metrics
            if name != "val_loss"
        ]
        return names[0] if names else ""

    def show(self, value):
        """Returns a value of the measure as text."""
        return f"{value:.4g}" if self.task is None else self.task.show(value)

    def _made(self, name, package):
        """Returns a part, made as flags say or as the configuration does.

        None if that cannot be done here: a page is made without it then.
        """
        try:
            if name in self.flags:
                return registry.make(package, self.flags[name])
            return _from_configuration(package, self.configuration[name])
        except (UsageError, ImportError, KeyError, TypeError):
            return None


def read(path):
    """Returns the `Run` in a directory.

    Raises:
        UsageError: If there is none, its journal is broken, or none of its
            trials was successful.
    """
    path = pathlib.Path(path)
    trials = archive.read_trials(path)
    if not any(trial.ok for trial in trials):
        raise UsageError(
            f"Expected a run with a child that finished. Received: {path}"
        )
    return Run(
        path.resolve(), read_configuration(path), _read_flags(path), trials
    )


def read_configuration(path):
    """Returns the configuration of a run directory, a dict.

    Raises:
        UsageError: If it is missing or broken.
    """
    file = path / configurations.FILE
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        record = None
    if not isinstance(record, dict):
        raise UsageError(
            f"Expected {configurations.FILE} of a search. Received: {file}"
        )
    return record


def find_random(run):
    """Returns the `Run` of random search beside a run, or None.

    It is in a directory beside the run's, its configuration differs in the
    strategy alone, and one of its trials was successful. Of several it is the
    one with most trials.
    """
    if run.is_random:
        return None
    found = []
    try:
        beside = sorted(run.path.parent.iterdir())
    except OSError:
        return None
    for path in beside:
        try:
            configuration = read_configuration(path)
            is_random = _name_of(configuration, "strategy") == RANDOM
            if is_random and _without(configuration, "strategy") == _without(
                run.configuration, "strategy"
            ):
                found.append(read(path))
        except (UsageError, OSError):
            continue
    return max(found, key=lambda other: len(other.trials), default=None)


def check_random(run, other):
    """Raises `UsageError` unless `other` is random search for the same."""
    for key in ("space", "task", "evaluator"):
        mine, others = run.configuration.get(key), other.configuration.get(key)
        if mine != others:
            raise UsageError(
                f"Expected random search with the {key} of {run.path}. "
                f"Received: {other.path}"
            )
    if not other.is_random:
        raise UsageError(
            f"Expected a run of random search. Received: {other.path}, by "
            f"{other.part('strategy')}"
        )


def _without(configuration, key):
    return {k: value for k, value in configuration.items() if k != key}


def _name_of(configuration, key):
    part = configuration.get(key)
    return part.get("name") if isinstance(part, dict) else None


def _read_flags(path):
    """Returns the flags a run was started with, without their dashes."""
    file = path / FLAGS_FILE
    if not file.is_file():
        return {}
    text = file.read_text(encoding="utf-8", errors="replace")
    return dict(
        line[2:].split("=", 1)
        for line in text.splitlines()
        if line.startswith("--") and "=" in line
    )


def _from_configuration(package, record):
    """Returns the part a configuration is of, or None if it is not ours."""
    for name in registry.names(package):
        factory = importlib.import_module(f"nas_tf.{package}.{name}").make
        if getattr(factory, "__name__", None) == record["name"]:
            arguments = ", ".join(
                f"{key}={tuple(value) if isinstance(value, list) else value!r}"
                for key, value in record.items()
                if key != "name"
            )
            return registry.make(package, f"{name}({arguments})")
    return None
