"""What a result knows of a search's space and task."""

import dataclasses
import functools

from nas_tf import decisions
from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.report.run import Run
from nas_tf.runs import configuration
from nas_tf.runs import data_identity
from nas_tf.tasks.base import NoTask


@dataclasses.dataclass(frozen=True)
class Given:
    """The parts of a search that this process has made.

    Attributes:
        space: `SearchSpace`.
        task: `Task`, or `NoTask` of a search that trains nothing.
    """

    space: object
    task: object

    @property
    def measure(self):
        """Name of the task's measure, such as "accuracy"."""
        return self.task.measure

    @property
    def decisions(self):
        """Tuple of the space's decisions, or None if they are not known."""
        return self.space.decisions

    def show(self, value):
        """Returns a value of the measure as text."""
        return self.task.show(value)

    def describe(self, trial):
        """Returns a trial's architecture in one line."""
        return self.space.describe(self.space.decode(trial.proposal.actions))

    @property
    def searched(self):
        """Dict of what a configuration has of the task and its data."""
        if isinstance(self.task, NoTask):
            return {"task": configuration.NONE}
        return {
            "task": registry.call_string(self.task),
            **data_identity.of(self.task),
        }

    def made(self):
        """Returns space and task; the task may be a `NoTask`."""
        return self.space, self.task


@dataclasses.dataclass(frozen=True)
class Recorded:
    """The parts that a run directory names.

    To read the run, only parts of this package are imported. `made` imports
    whatever the directory names, as `nas_tf.train` does.

    Attributes:
        run: `nas_tf.report.run.Run`.
    """

    run: Run

    @functools.cached_property
    def measure(self):
        """See `Given`; "" if it is not known."""
        return self.run.measure_name if self.run.best else ""

    @functools.cached_property
    def decisions(self):
        """See `Given`."""
        found = self.run.decisions
        return None if found is None else tuple(found)

    def show(self, value):
        """See `Given`."""
        return self.run.show(value)

    def describe(self, trial):
        """See `Given`; "" if the architecture is of a foreign class."""
        spec = self.run.spec(trial)
        return "" if spec is None else self.run.describe(spec)

    @property
    def searched(self):
        """See `Given`."""
        return self.run.directory.configuration

    def made(self):
        """See `Given`.

        Raises:
            UsageError: If a part cannot be made here.
        """
        directory = self.run.directory
        task = NoTask()
        if directory.call("task") not in (None, configuration.NONE):
            task = directory.make("task")
        return directory.make("space"), task


def readable(parts, trial):
    """Returns the choices of a trial by name, a dict; {} if not known.

    Args:
        parts: `Given` or `Recorded`.
        trial: `Trial`.
    """
    if parts.decisions is None:
        return {}
    actions = trial.proposal.actions
    own = parts.decisions[: len(actions)]
    return {
        name: decisions.readable(decision, action)
        for name, decision, action in zip(decisions.names(own), own, actions)
    }


def trained_on(parts, task):
    """Returns the space and the task that a full training is on.

    Args:
        parts: `Given` or `Recorded`.
        task: `Task` that replaces the search's, or None.

    Raises:
        UsageError: If there is no task to train on.
    """
    space, own = parts.made()
    if task is not None:
        return space, task
    if isinstance(own, NoTask):
        raise UsageError(
            "Expected a `task` to train on, as this search trained nothing. "
            "Received: none"
        )
    return space, own
