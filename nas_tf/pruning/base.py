"""The base class of pruning rules."""

from __future__ import annotations

import abc
import dataclasses
import typing

from nas_tf import checks
from nas_tf.trial import PRUNED

if typing.TYPE_CHECKING:
    from nas_tf.trial import Trial


class Course(typing.NamedTuple):
    """What a child has reported.

    Attributes:
        values: List of floats: the reward that it had after each epoch. Higher
            is better.
        complete: Whether it was trained to the end.
    """

    values: list[float]
    complete: bool


@dataclasses.dataclass(frozen=True)
class PruningRule(abc.ABC):
    """Decides after each epoch whether a child is trained further.

    A rule is a frozen dataclass of plain values and keeps no state.

    Attributes:
        teaches: What a strategy learns from a pruned child. "reward" (default)
            is the reward that it had when it was stopped, "failure" that of a
            failed child.
    """

    teaches: str = "reward"

    def __post_init__(self):
        checks.one_of(self, "teaches", ("reward", "failure"))

    @abc.abstractmethod
    def stops(self, values: list[float], others: list[Course]) -> bool:
        """Returns whether the training of a child ends here.

        Args:
            values: Non-empty list of the child's reports, the newest last.
            others: List of the `Course` of every other child.
        """

    def lesson(self, trial: Trial, failure_reward: float) -> Trial:
        """Returns a trial as a strategy learns from it.

        Args:
            trial: `Trial` of any status.
            failure_reward: The reward of a failed child.
        """
        if trial.result.status != PRUNED or self.teaches == "reward":
            return trial
        result = dataclasses.replace(trial.result, reward=failure_reward)
        return dataclasses.replace(trial, result=result)
