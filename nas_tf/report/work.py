"""When children ran: how busy workers were, and how many children finished."""

import dataclasses

import numpy as np

# A period without a running child counts as a pause of the search, and is left
# out, if it is longer than this many seconds and than this many times the
# median time of a child.
MIN_PAUSE = 60.0
PAUSE_IN_CHILDREN = 10
# A bin of time holds this many children on average; the number of bins is
# limited.
CHILDREN_A_BIN = 5
MIN_BINS = 10
MAX_BINS = 60


@dataclasses.dataclass(frozen=True)
class Work:
    """How a run's time was used, in B equal bins without pauses.

    Attributes:
        began: Start of the first child, in seconds since the epoch.
        ended: End of the last child, in seconds since the epoch.
        seconds: Seconds from the first start to the last end, without pauses.
        pauses: Number of pauses.
        child_seconds: Sum of the times of all children, in seconds.
        most: Largest number of children that ran at the same time.
        edges: `[B + 1]` edges of the bins, in seconds from the first start.
        busy: `[B]` mean numbers of running children.
        finished: `[B]` numbers of children that finished.
    """

    began: float
    ended: float
    seconds: float
    pauses: int
    child_seconds: float
    most: int
    edges: np.ndarray
    busy: np.ndarray
    finished: np.ndarray

    @property
    def utilisation(self):
        """Mean share of the `most` workers that were busy, in [0, 1]."""
        return min(1.0, self.child_seconds / (self.most * self.seconds))


def work(trials):
    """Returns the `Work` of a run, or None if no trial has a start time.

    Trials that reused the result of another did not run.
    """
    ran = [
        (t.result.started, t.result.started + t.result.seconds)
        for t in trials
        if t.reused is None and t.result.started > 0
    ]
    if not ran:
        return None
    starts, ends = np.array(ran).T
    child_seconds = float((ends - starts).sum())
    began, ended = float(starts.min()), float(ends.max())
    starts, ends, pauses = _without_pauses(starts, ends)
    seconds = float(ends.max())
    if seconds <= 0:
        return None
    bins = min(max(len(ran) // CHILDREN_A_BIN, MIN_BINS), MAX_BINS)
    edges = np.linspace(0, seconds, bins + 1)
    busy = np.diff(_time_since(starts, edges) - _time_since(ends, edges))
    return Work(
        began=began,
        ended=ended,
        seconds=seconds,
        pauses=pauses,
        child_seconds=child_seconds,
        most=_most(starts, ends),
        edges=edges,
        busy=busy * bins / seconds,
        finished=np.histogram(ends, edges)[0],
    )


def _without_pauses(starts, ends):
    """Returns starts and ends without pauses, and the number of pauses."""
    order = np.argsort(starts)
    # No child runs between the latest end so far and the next start.
    latest = np.maximum.accumulate(ends[order])[:-1]
    gaps = starts[order][1:] - latest
    limit = max(MIN_PAUSE, PAUSE_IN_CHILDREN * np.median(ends - starts))
    long = gaps > limit
    lost = np.concatenate([[0.0], np.cumsum(np.where(long, gaps, 0.0))])
    shift = np.empty(len(starts))
    shift[order] = lost + starts.min()
    return starts - shift, ends - shift, int(long.sum())


def _time_since(moments, edges):
    """Returns for each edge the summed time since all earlier moments."""
    moments = np.sort(moments)
    count = np.searchsorted(moments, edges)
    sums = np.concatenate([[0.0], np.cumsum(moments)])
    return count * edges - sums[count]


def _most(starts, ends):
    """Returns the largest number of children that ran at the same time."""
    moments = np.concatenate([ends, starts])
    steps = np.repeat([-1, 1], len(starts))
    # At equal times ends come before starts.
    order = np.lexsort((steps, moments))
    return max(1, int(np.cumsum(steps[order]).max()))
