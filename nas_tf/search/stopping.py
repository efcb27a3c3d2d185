"""When a search ends. The rule is checked after every child."""

import dataclasses
import time

from nas_tf import checks
from nas_tf import limits
from nas_tf.runs.tally import busy_seconds

# Seconds between two times that the time spent is written down.
SECONDS = 10
DEFAULT_MAX_CHILDREN = 96
_WORDS = {
    "max_children": "{:,} children",
    "max_hours": "{:g} hours",
    "target_reward": "a reward of {:g}",
    "patience": "{:,} children without a better one",
}


@dataclasses.dataclass
class StoppingRule:
    """Ends a search at the first of its limits that is reached.

    The limits depend on what is in the run's directory, so a search that has
    ended stays ended when it is started again.

    Args:
        max_children: Number of trials, failed ones included, >= 1. None for
            any number, or for 96 if there is no other limit.
        max_hours: Hours that the search may run, > 0, in all its starts
            together; what is derived at the end takes further time. Children
            in progress at that time are ended, and are trained again if the
            run is resumed. None for any number.
        patience: Number of trials in a row without a better reward, >= 1.
            None for any number. With shared weights it has to be None, as
            their judgements do not tell which architecture is better.
        target_reward: Reward of a successful child, a finite number. None for
            any; with shared weights it has to be None.

    Raises:
        UsageError: For values outside those ranges.
    """

    max_children: int | None = None
    max_hours: float | None = None
    patience: int | None = None
    target_reward: float | None = None

    def __post_init__(self):
        checks.whole(self, "max_children", "patience", optional=True)
        checks.number(
            self, "max_hours", above=0, maximum=limits.HOURS, optional=True
        )
        checks.number(self, "target_reward", optional=True)
        if all(value is None for value in dataclasses.astuple(self)):
            self.max_children = DEFAULT_MAX_CHILDREN
        self._spent = 0.0
        self._began = self._kept = time.monotonic()

    def start(self, archive):
        """Starts the clock at the time that earlier starts of the run used.

        Args:
            archive: The run's `Archive`.
        """
        # Runs of earlier versions have the times of their children alone.
        self._spent = max(busy_seconds(archive.trials), archive.spent)
        self._began = self._kept = time.monotonic()

    def keep(self, archive):
        """Lets the run's directory have the time that was used so far."""
        self._kept = time.monotonic()
        archive.set_spent(self._spent + self._kept - self._began)

    def keep_if_due(self, archive):
        """Does so if it was done at least 10 s ago."""
        if time.monotonic() - self._kept >= SECONDS:
            self.keep(archive)

    def reached(self, archive, in_progress=0):
        """Returns the limit that is reached, as text, or "" for none.

        Args:
            archive: The run's `Archive`.
            in_progress: Number of children to count as if they had finished.
        """
        name = self.name_of_reached(archive, in_progress)
        if name is None:
            return ""
        return _WORDS[name].format(getattr(self, name))

    def name_of_reached(self, archive, in_progress=0):
        """Returns the name of the limit that is reached, or None.

        Args:
            archive: The run's `Archive`.
            in_progress: See `reached`.
        """
        count = len(archive.trials) + in_progress
        if self.max_children is not None and count >= self.max_children:
            return "max_children"
        if self.max_hours is not None and self.seconds_left() <= 0:
            return "max_hours"
        best, target = archive.tally.best, self.target_reward
        if target is not None and best is not None and best.reward >= target:
            return "target_reward"
        if self.patience is not None and self.patience <= _since_best(archive):
            return "patience"
        return None

    def seconds_left(self):
        """Returns the seconds that are left, or None without `max_hours`."""
        if self.max_hours is None:
            return None
        running = time.monotonic() - self._began
        return max(0.0, self.max_hours * 3600 - self._spent - running)

    def progress(self, archive):
        """Returns the progress towards each limit but `max_children`, as text.

        Args:
            archive: The run's `Archive`.

        Returns:
            Dict such as {"hours": "0.31/2", "no better": "12/50",
            "target": "0.97"}, with the limits that are set.
        """
        facts = {}
        if self.max_hours is not None:
            spent = self.max_hours - self.seconds_left() / 3600
            facts["hours"] = f"{spent:.2f}/{self.max_hours:g}"
        if self.patience is not None:
            facts["no better"] = f"{_since_best(archive)}/{self.patience}"
        if self.target_reward is not None:
            facts["target"] = f"{self.target_reward:g}"
        return facts


def _since_best(archive):
    best = archive.tally.best
    return len(archive.trials) - (0 if best is None else best.trial_id + 1)
