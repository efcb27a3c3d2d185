"""A run as the pages need it, finished or not, read from its directory."""

import dataclasses
import functools
import json

from nas_tf import checks
from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.report import measure as measures
from nas_tf.report import parts
from nas_tf.report import specs
from nas_tf.report import wording
from nas_tf.runs import configuration as configurations
from nas_tf.runs import tally
from nas_tf.runs.directory import RunDirectory
from nas_tf.tasks.base import NoTask

RANDOM = "random_search"
# Sums and squares of what charts show stay finite.
LARGEST_VALUE = 1e100


class NothingYet(UsageError):
    """A run has no best child yet."""


@dataclasses.dataclass(frozen=True)
class Run:
    """A run directory together with what a page needs to know of its parts.

    Attributes:
        directory: `RunDirectory` with at least one successful trial.
    """

    directory: RunDirectory

    @property
    def path(self):
        return self.directory.path

    @property
    def name(self):
        return self.path.name

    @property
    def trials(self):
        """List of `Trial`, in the order of finishing."""
        return self.directory.trials

    @property
    def children(self):
        """Number of finished children, without what was derived at the end."""
        return len(self.trials) - self.derived

    @property
    def derived(self):
        """Number of trials that were derived at the end, by shared weights."""
        return sum(bool(trial.derived) for trial in self.trials)

    @property
    def best(self):
        """List of different successful trials, best first."""
        return self.directory.best

    @functools.cached_property
    def configuration(self):
        """Dict of what distinguishes runs; parts are call strings."""
        return {
            key: _spelled_out(key, value)
            for key, value in self.directory.configuration.items()
            if key not in configurations.NOT_COMPARED
        }

    @property
    def seed(self):
        return self.configuration.get("seed")

    @property
    def is_random(self):
        return parts.name_of(self.configuration.get("strategy")) == RANDOM

    @functools.cached_property
    def space(self):
        """The `SearchSpace`, or None if it is not one of this package."""
        return self._made("space")

    @functools.cached_property
    def task(self):
        """The `Task`, or None if it is not one of this package."""
        if self.part("task") == configurations.NONE:
            return NoTask()
        return self._made("task")

    @functools.cached_property
    def decisions(self):
        """Tuple of the space's decisions, or None if they are not known."""
        if "decisions" in self.directory.configuration:
            return self.directory.decisions
        return None if self.space is None else self.space.decisions

    def part(self, name):
        """Returns the call string of a part, such as "conv(num_layers=4)"."""
        return self.directory.call(name) or "unknown"

    def spec(self, trial):
        """Returns the spec of a trial, or None if it is of a foreign class."""
        if self.space is not None:
            return self.space.decode(trial.proposal.actions)
        return specs.read(trial.result.spec)

    def describe(self, spec):
        """Returns one line that describes a spec."""
        return (
            spec.describe() if self.space is None else self.space.describe(spec)
        )

    def describe_trial(self, trial):
        """Returns one line about a trial's architecture."""
        if trial.result.spec is None:
            return "-"
        spec = self.spec(trial)
        if spec is None:
            return json.dumps(trial.result.spec)
        return self.describe(spec)

    def graph(self, spec):
        """Returns the `nas_tf.specs.graph.Graph` of a spec."""
        return spec.graph() if self.space is None else self.space.graph(spec)

    @functools.cached_property
    def measure(self):
        """The `nas_tf.report.measure.Measure` that children are compared by."""
        return measures.of_run(self)

    @property
    def examples(self):
        """Number of validation examples, or None if it is not known."""
        count = self.directory.configuration.get("examples")
        if count is None:
            # Earlier versions did not record it.
            count = getattr(self.task, "valid_examples", None)
        return count if checks.is_whole(count) else None

    @property
    def reward_formula(self):
        """How the reward follows from the measure, or "" if not known."""
        if "reward_formula" in self.directory.configuration:
            written = self.directory.configuration["reward_formula"]
            return wording.sentence(str(written))
        # Earlier versions did not write it. Other evaluators change the task's.
        if (
            self.task is None
            or parts.name_of(self.part("evaluator")) != "standalone"
        ):
            return ""
        return self.task.reward_formula

    @functools.cached_property
    def failed(self):
        """Number of failed trials."""
        return sum(trial.failed for trial in self.trials)

    @functools.cached_property
    def measure_name(self):
        """Name of the measure, such as "accuracy"; "" if there is none."""
        if self.task is not None:
            return self.task.measure
        if "measure" in self.directory.configuration:
            return str(self.directory.configuration["measure"])
        names = [
            name.removeprefix("val_")
            for name in self.best[0].result.metrics
            if name != "val_loss"
        ]
        return names[0] if names else ""

    def show(self, value):
        """Returns a value of the measure as text."""
        return f"{value:.4g}" if self.task is None else self.task.show(value)

    def _made(self, name):
        """Returns a part of this package, or None."""
        return parts.make(configurations.PARTS[name], self.part(name))


def read(path):
    """Returns the `Run` in a directory.

    Raises:
        NothingYet: If none of its trials was successful.
        UsageError: If there is none, or its journal or configuration is
            broken.
    """
    run = Run(RunDirectory(path))
    if not run.best:
        lacking = tally.missing(run.trials)
        raise NothingYet(f"Expected a run with {lacking}. Received: {path}")
    for trial in run.trials:
        for value in (trial.reward, run.measure.of(trial)):
            if abs(value) > LARGEST_VALUE:
                raise UsageError(
                    f"Expected rewards and measures from {-LARGEST_VALUE} to "
                    f"{LARGEST_VALUE}, which charts can show. Received: "
                    f"{value} of trial {trial.trial_id} in {path}"
                )
    # A broken file is refused now rather than in the middle of a page.
    run.configuration  # noqa: B018
    return run


def find_random(run):
    """Returns a `Run` of random search to compare a run with, or None.

    Its directory is beside the run's, its configuration differs only in the
    strategy, and at least one of its trials was successful. If there are
    several, the one with the most trials is returned.
    """
    if run.is_random:
        return None
    try:
        beside = sorted(run.path.parent.iterdir())
    except OSError:
        return None
    found = []
    for path in beside:
        try:
            other = Run(RunDirectory(path))
            if other.is_random and _without(other, "strategy") == _without(
                run, "strategy"
            ):
                found.append(read(path))
        except (UsageError, OSError):
            continue
    return max(found, key=lambda other: len(other.trials), default=None)


def check_random(run, other):
    """Raises `UsageError` unless `other` is a random search of the same."""
    for key in ("space", "task", "evaluator"):
        if run.configuration.get(key) != other.configuration.get(key):
            raise UsageError(
                f"Expected random search with the {key} of {run.path}. "
                f"Received: {other.path}"
            )
    if not other.is_random:
        raise UsageError(
            f"Expected a run of random search. Received: {other.path}, by "
            f"{other.part('strategy')}"
        )


def _without(run, key):
    return {k: v for k, v in run.configuration.items() if k != key}


def _spelled_out(key, call):
    """Returns the call string of a space or a task with every option."""
    package = configurations.PARTS.get(key)
    # A strategy would need Keras, an evaluator its files.
    if package not in ("spaces", "tasks"):
        return call
    part = parts.make(package, call)
    return call if part is None else registry.call_string(part)
