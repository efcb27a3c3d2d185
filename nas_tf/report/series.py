"""Values over children, and the thinning of long series for drawing."""

import collections
import dataclasses

import numpy as np

from nas_tf.runs import tally

# Largest numbers of points drawn. More would only make the page larger.
MAX_DOTS = 1500
MAX_LINE = 600
# All children are in view if that takes at most this much more room.
ROOM = 1.6
# A moving median covers a tenth of the children, within these limits.
MIN_WINDOW = 5
MAX_WINDOW = 100


def window_for(count):
    """Returns how many of `count` children a moving median covers."""
    return min(max(count // 10, MIN_WINDOW), MAX_WINDOW)


def moving_median(values, window):
    """Returns `[N]` medians of each value and the `window` - 1 before it.

    NaN values are left out. The first medians are of fewer values; a median of
    none is NaN. A median is not moved by a few children that diverged.
    """
    padded = np.concatenate([np.full(window - 1, np.nan), values])
    rows = np.lib.stride_tricks.sliding_window_view(padded, window)
    known = np.isfinite(rows).any(axis=1)
    medians = np.full(len(values), np.nan)
    medians[known] = np.nanmedian(rows[known], axis=1)
    return medians


def best_so_far(trials, values):
    """Returns `[N]` floats: the value of the best trial so far.

    Args:
        trials: N trials. The best is the first that `tally.best_of` would
            return, and the first to finish of equals. The judgements of a
            search by shared weights are never the best.
        values: `[N]` floats.

    NaN before there is one.
    """
    best = np.full(len(trials), np.nan)
    rank, value = None, np.nan
    for number, trial in enumerate(trials):
        if trial.ranks:
            *own, _ = tally.order(trial)
            if rank is None or own < rank:
                rank, value = own, values[number]
        best[number] = value
    return best


def view(values, lines, lower):
    """Returns the part of an axis on which progress can be seen.

    The worst tenth of the values is left out if it would take much room, for
    instance that of children that learned nothing.

    Args:
        values: `[N]` floats, those of children.
        lines: `[M]` floats that have to be within it, NaN or not.
        lower: Whether lower values are better.

    Returns:
        Pair of floats, the lower one first.
    """
    sign = -1.0 if lower else 1.0
    values = sign * values[np.isfinite(values)]
    lines = sign * lines[np.isfinite(lines)]
    top = max(values.max(), lines.max(initial=-np.inf))
    worst = min(values.min(), lines.min(initial=np.inf))
    bottom = min(np.quantile(values, 0.1), lines.min(initial=np.inf))
    if top - worst < ROOM * (top - bottom):
        bottom = worst
    room = 0.04 * (top - bottom) or 0.05 * abs(top) or 0.05
    low, high = sorted((sign * (bottom - room), sign * (top + room)))
    return float(low), float(high)


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
        if trial.failed:
            lines = trial.result.error.strip().splitlines()
            reasons[trial.result.status][lines[-1] if lines else ""] += 1
    found = [
        Failures(status, counts.total(), *counts.most_common(1)[0])
        for status, counts in reasons.items()
    ]
    return sorted(found, key=lambda group: -group.count)
