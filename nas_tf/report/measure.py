"""The measure that a page leads with: the task's, or else the reward."""

import dataclasses

import numpy as np

from nas_tf import checks
from nas_tf import confidence
from nas_tf.report import wording


@dataclasses.dataclass(frozen=True)
class Measure:
    """What children are compared by, for people.

    Attributes:
        name: Its name in words, such as "validation accuracy".
        key: Its name among a trial's metrics; None if it is the reward.
        show: Function from a value to text.
        lower: Whether lower values are better.
        examples: Number of validation examples that a value is a mean over,
            or None if it is not known or not such a mean.
    """

    name: str
    key: str | None
    show: object
    lower: bool = False
    examples: int | None = None

    @property
    def is_share(self):
        """Whether values are shares, in [0, 1] and shown in percent."""
        return self.key is not None and self.show(0.5).endswith("%")

    def bounds(self, values):
        """Returns the least and the largest value that it can have.

        Args:
            values: `[N]` floats that it has, NaN or not. If none of them is
                negative, none can be.
        """
        low = 0.0 if np.all(values[np.isfinite(values)] >= 0) else -np.inf
        return low, 1.0 if self.is_share else np.inf

    def of(self, trial):
        """Returns the value of a trial, NaN if it failed or has none."""
        if not trial.ok:
            return np.nan
        if self.key is None:
            return trial.reward
        value = trial.result.metrics.get(self.key)
        # A journal may have been edited.
        return float(value) if checks.is_number(value) else np.nan

    def values(self, trials):
        """Returns `[N]` floats, see `of`."""
        return np.array([self.of(trial) for trial in trials], float)

    def text(self, trial):
        """Returns the value of a trial as text, "-" if it has none."""
        value = self.of(trial)
        return "-" if np.isnan(value) else self.show(value)

    def gain(self, value, other):
        """Returns by how much a value is better than another."""
        return other - value if self.lower else value - other

    def show_difference(self, value):
        """Returns a difference of two values as text, without its sign."""
        if self.is_share:
            return f"{100 * abs(value):.2f} points"
        return self.show(abs(value))

    def interval(self, value):
        """Returns the 95 % interval of a value as text, "" if not known."""
        return (
            interval(value, self.examples, self.show) if self.is_share else ""
        )


REWARD = Measure("reward", None, "{:.4f}".format)


def interval(share, count, show):
    """Returns Wilson's 95 % interval as text such as "97.1 to 99.2 %".

    Args:
        share: Number in [0, 1].
        count: Number of examples, or None for no text.
        show: Function from a value to text.
    """
    if not count or not 0 <= share <= 1:
        return ""
    low, high = map(show, confidence.wilson(share, count))
    return f"{low} to {high}"


def of_run(run):
    """Returns the `Measure` of a `nas_tf.report.run.Run`.

    The reward takes the place of a measure that the best trial does not have.
    """
    name = run.measure_name
    metrics = run.best[0].result.metrics
    words = wording.words(name)
    for key, shown in ((f"val_{name}", f"validation {words}"), (name, words)):
        if name and key in metrics:
            measure = Measure(shown, key, run.show, examples=run.examples)
            lower = _falls(measure.values(run.best), run.best)
            return dataclasses.replace(measure, lower=lower)
    return REWARD


def of_runs(runs):
    """Returns the `Measure` that several runs have in common.

    It is the reward if their measures differ.
    """
    first, *others = (run.measure for run in runs)
    same = all((m.key, m.lower) == (first.key, first.lower) for m in others)
    return first if same else REWARD


def _falls(values, trials):
    """Returns whether values fall as the rewards of their trials rise."""
    rewards = np.array([trial.reward for trial in trials])
    known = np.isfinite(values)
    if known.sum() < 2:
        return False
    ranks = [_ranks(row[known]) for row in (values, rewards)]
    return bool(np.cov(*ranks)[0, 1] < 0)


def _ranks(values):
    return np.searchsorted(np.sort(values), values)
