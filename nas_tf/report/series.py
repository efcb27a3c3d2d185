"""Rewards over children, and how long series become short enough to draw."""

import collections
import dataclasses

import numpy as np

# What is drawn at most; more cannot be seen, and makes a page large.
MAX_DOTS = 1500
MAX_LINE = 600
# Children of a moving average: a tenth of all, within these.
MIN_WINDOW = 5
MAX_WINDOW = 100


def rewards(trials):
    """Returns `[N]` floats, those of failures included."""
    return np.array([trial.reward for trial in trials])


def window_for(count):
    """Returns how many children a moving average of `count` is over."""
    return min(max(count // 10, MIN_WINDOW), MAX_WINDOW)


def moving_average(values, window):
    """Returns `[N]` means of each value and the `window` - 1 before it.

    The first ones are over what there is.
    """
    sums = np.concatenate([[0.0], np.cumsum(values)])
    stops = np.arange(1, len(values) + 1)
    starts = np.maximum(stops - window, 0)
    return (sums[stops] - sums[starts]) / (stops - starts)


def best_so_far(trials):
    """Returns `[N]` floats: the best reward of a successful trial so far.

    NaN before the first of them.
    """
    values = [trial.reward if trial.ok else -np.inf for trial in trials]
    best = np.maximum.accumulate(np.array(values))
    return np.where(np.isinf(best), np.nan, best)


def thin(count, limit):
    """Returns ascending numbers below `count`, evenly spread, the ends too.

    Args:
        count: How many there are.
        limit: How many are wanted at most, at least 2.
    """
    if count <= limit:
        return np.arange(count)
    return np.linspace(0, count - 1, limit).round().astype(int)


@dataclasses.dataclass(frozen=True)
class Failures:
    """Trials of one status that is none of success.

    Attributes:
        status: The status.
        count: How many there are.
        reason: The commonest last line of their errors, or "".
        times: How many have this line.
    """

    status: str
    count: int
    reason: str
    times: int


def failures(trials):
    """Returns a list of `Failures`, the commonest first."""
    reasons = collections.defaultdict(collections.Counter)
    for trial in trials:
        if not trial.ok:
            lines = trial.result.error.strip().splitlines()
            reasons[trial.result.status][lines[-1] if lines else ""] += 1
    found = [
        Failures(status, counts.total(), *counts.most_common(1)[0])
        for status, counts in reasons.items()
    ]
    return sorted(found, key=lambda group: -group.count)
