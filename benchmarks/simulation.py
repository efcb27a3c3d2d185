"""An executor with a simulated clock, for the real loop and strategies."""

import concurrent.futures
import dataclasses
import heapq
import itertools
import math

from nas_tf.executors.base import Executor
from nas_tf.seeds import generator


class Simulated(Executor):
    """Evaluates children immediately and delivers them at simulated times.

    A child's duration is log-normal with a mean of 1 and depends on its seed
    only, so that the same child takes equally long in every scheme. `started`
    and `seconds` of a result are times of the simulated clock.

    Args:
        workers: Number of workers, >= 1.
        spread: Standard deviation of the durations over their mean, >= 0.

    Attributes:
        now: Simulated time, from 0.
        clock: What tells it to the search.
    """

    def __init__(self, workers, spread):
        self.num_workers = workers
        self.now = 0.0
        self.clock = _Clock(self)
        self._sigma = math.sqrt(math.log(1 + spread**2))
        self._under_way = []
        self._count = itertools.count()

    def submit(self, function, /, *args, **kwargs):
        result = function(*args, **kwargs)
        seconds = self._duration(args[-1])
        result = dataclasses.replace(result, started=self.now, seconds=seconds)
        future = concurrent.futures.Future()
        heapq.heappush(
            self._under_way,
            (self.now + seconds, next(self._count), future, result),
        )
        return future

    def _duration(self, seed):
        normal = generator(seed, "duration").standard_normal()
        return math.exp(self._sigma * normal - self._sigma**2 / 2)

    def collect(self, done, timeout=None):
        self.now, _, future, result = heapq.heappop(self._under_way)
        future.set_result(result)
        return super().collect(done, 0)


class _Clock:
    def __init__(self, executor):
        self._executor = executor

    def now(self):
        return self._executor.now


def utilisation(trials, num_workers, begin=None, end=None):
    """Returns the fraction of the workers' time that children took.

    It is measured from the first submission to the last: before there is
    nothing to do yet, and after it nothing is left to submit.

    Args:
        trials: List of `Trial`.
        num_workers: How many workers there are.
        begin: Start of the measurement instead of the first submission.
        end: End of the measurement instead of the last submission.
    """
    spans = [
        (t.result.started, t.result.started + t.result.seconds) for t in trials
    ]
    begin = min(start for start, _ in spans) if begin is None else begin
    end = max(start for start, _ in spans) if end is None else end
    busy = sum(
        max(0.0, min(stop, end) - max(start, begin)) for start, stop in spans
    )
    return busy / (num_workers * (end - begin))
