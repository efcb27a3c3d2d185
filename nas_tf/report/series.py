"""Rewards over children, and the thinning of long series for drawing."""

import collections
import dataclasses

import numpy as np

# Largest numbers of points drawn. More would only make the page larger.
MAX_DOTS = 1500
MAX_LINE = 600
# A moving average covers a tenth of the children, within these limits.
MIN_WINDOW = 5
MAX_WINDOW = 100


def rewards(trials):
    """Returns the `[N]` rewards, including those of failures."""
    return np.array([trial.reward for trial in trials])


def window_for(count):
    """Returns how many of `count` children a moving average covers."""
    return min(max(count // 10, MIN_WINDOW), MAX_WINDOW)


def moving_average(values, window):
    """Returns `[N]` means of each value and the `window` - 1 before it.

    The first ones are means of fewer values.
    """
    sums = np.concatenate([[0.0], np.cumsum(values)])
    stops = np.arange(1, len(values) + 1)
    starts = np.maximum(stops - window, 0)
    return (sums[stops] - sums[starts]) / (stops - starts)


def best_so_far(trials):
    """Returns `[N]` floats: the best reward of a successful trial so far.

    NaN before the first success.
    """
    values = [trial.reward if trial.ok else -np.inf for trial in trials]
    best = np.maximum.accumulate(np.array(values))
    return np.where(np.isinf(best), np.nan, best)


def thin(count, limit):
    """Returns ascending, evenly spaced indices, the first and last included.

    Args:
        count: Length of the series.
        limit: Largest number of indices, at least 2.
    """
    if count <= limit:
        return np.arange(count)
    return np.linspace(0, count - 1, limit).round().astype(int)


@dataclasses.dataclass(frozen=True)
class Failures:
    """Failed trials of one status.

    Attributes:
        status: The status.
        count: Length of the series.
        reason: The most frequent last line of their errors, or "".
        times: Number of trials with this line.
    """

    status: str
    count: int
    reason: str
    times: int


def failures(trials):
    """Returns a list of `Failures`, the most frequent first."""
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
