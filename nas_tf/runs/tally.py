"""Counts over the trials of a run, and the best of them."""

import collections
import json

from nas_tf.trial import OK


class Tally:
    """Counts over all trials, updated with each trial.

    Attributes:
        statuses: `collections.Counter` of trials by status.
        reused: Number of trials that got the result of an equal one.
        redrawn: Number of architectures discarded because they were too large.
        total_reward: Sum of all rewards.
        best: The successful trial with the highest reward, the first of equal
            ones; None if there is none.
    """

    def __init__(self):
        self.statuses = collections.Counter()
        self.reused = 0
        self.redrawn = 0
        self.total_reward = 0.0
        self.best = None

    @property
    def failed(self):
        return self.statuses.total() - self.statuses[OK]

    def add(self, trial):
        self.statuses[trial.result.status] += 1
        self.reused += trial.reused is not None
        self.total_reward += trial.reward
        if trial.ok and (self.best is None or trial.reward > self.best.reward):
            self.best = trial


def best_of(trials, count=1):
    """Returns the best successful trials of different architectures.

    Trials that got the result of an equal one are left out.

    Args:
        trials: Iterable of `Trial`.
        count: Largest number of trials. Default: 1.

    Returns:
        List of `Trial`, the best first.
    """
    ranked = sorted(
        (t for t in trials if t.ok and t.reused is None),
        key=lambda t: (-t.reward, t.trial_id),
    )
    best, seen = [], set()
    for trial in ranked:
        spec = json.dumps(trial.result.spec, sort_keys=True)
        if spec not in seen:
            seen.add(spec)
            best.append(trial)
        if len(best) == count:
            break
    return best


def busy_seconds(trials):
    """Returns the seconds during which at least one child was running."""
    total, end = 0.0, float("-inf")
    for began, seconds in sorted(
        (t.result.started, t.result.seconds) for t in trials
    ):
        total += max(0.0, began + seconds - max(began, end))
        end = max(end, began + seconds)
    return total
