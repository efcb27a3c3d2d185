"""When children ran: how busy the workers were, and how many came home."""

import dataclasses

import numpy as np

# A time in which no child runs is a pause of the search, and left out, if it
# is longer than this many seconds and than this many children take.
MIN_PAUSE = 60.0
PAUSE_IN_CHILDREN = 10
# Parts of the time: of so many children each, within these.
CHILDREN_A_BIN = 5
MIN_BINS = 10
MAX_BINS = 60


@dataclasses.dataclass(frozen=True)
class Work:
    """How a run's time was used; B equal parts of it, pauses left out.

    Attributes:
        began: When the first child started, in seconds since the epoch.
        ended: When the last one ended.
        seconds: From the first to the last, without pauses.
        pauses: How many there were.
        child_seconds: What the children took together.
        most: The largest number of children at one time.
        edges: `[B + 1]` seconds of the run's time.
        busy: `[B]` mean numbers of children that ran.
        finished: `[B]` numbers of children that ended.
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
    """Returns the `Work` of a run, or None if no trial says when it ran.

    Trials that took over the result of another did not run.
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
    """Returns times from the first start, pauses cut out, and their number."""
    order = np.argsort(starts)
    # Nothing runs from the latest end so far to the next start.
    latest = np.maximum.accumulate(ends[order])[:-1]
    gaps = starts[order][1:] - latest
    limit = max(MIN_PAUSE, PAUSE_IN_CHILDREN * np.median(ends - starts))
    long = gaps > limit
    lost = np.concatenate([[0.0], np.cumsum(np.where(long, gaps, 0.0))])
    shift = np.empty(len(starts))
    shift[order] = lost + starts.min()
    return starts - shift, ends - shift, int(long.sum())


def _time_since(moments, edges):
    """Returns `[B + 1]` sums of the time since all moments before an edge."""
    moments = np.sort(moments)
    count = np.searchsorted(moments, edges)
    sums = np.concatenate([[0.0], np.cumsum(moments)])
    return count * edges - sums[count]


def _most(starts, ends):
    """Returns the largest number of children that ran at one time."""
    moments = np.concatenate([ends, starts])
    steps = np.repeat([-1, 1], len(starts))
    # Who ends makes room for who starts at the same time.
    order = np.lexsort((steps, moments))
    return max(1, int(np.cumsum(steps[order]).max()))
