"""What a strategy has tried, what is in progress, and how good it was."""

import collections
import heapq
import operator

import numpy as np

from nas_tf.strategies._history import pack
from nas_tf.strategies._history import unpack


class Memory:
    """The architectures of a search, each once.

    An architecture that was tried several times has the mean of its rewards,
    those of failures included.

    Args:
        key: Function from a row to what equal architectures have in common, a
            tuple of integers.
    """

    def __init__(self, key):
        self._key = key
        self.forget()

    def forget(self):
        """Forgets everything."""
        # key -> [row, sum of rewards, number of trials, number of failures]
        self._tried = {}
        self._in_progress = collections.Counter()  # keys

    def __contains__(self, row):
        return self.has(self._key(row))

    def has(self, key):
        """Returns whether a row of this key was tried or is in progress."""
        return key in self._tried or key in self._in_progress

    def __len__(self):
        """Returns the number of architectures that were tried."""
        return len(self._tried)

    def expect(self, rows):
        """Adds rows whose trials have not finished."""
        self._in_progress.update(map(self._key, rows))

    def add(self, trials):
        """Adds finished trials, which are no longer in progress."""
        for trial in trials:
            row = trial.proposal.actions
            key = self._key(row)
            if self._in_progress.get(key, 0) > 1:
                self._in_progress[key] -= 1
            else:
                self._in_progress.pop(key, None)
            entry = self._tried.setdefault(key, [row, 0.0, 0, 0])
            entry[1] += trial.reward
            entry[2] += 1
            entry[3] += not trial.ok

    def best(self, length, count):
        """Returns the best rows of a length, at most `count`, best first.

        A row that failed each time is none of them. As long as all rewards are
        equal, none is best and the list is empty.
        """
        rated = [
            (total / times, row)
            for row, total, times, failures in self._tried.values()
            if failures < times and len(row) == length
        ]
        # `nlargest` keeps the order of rows with equal rewards.
        best = heapq.nlargest(count, rated, key=operator.itemgetter(0))
        if not best or best[0][0] == min(reward for reward, _ in rated):
            return []
        return [row for _, row in best]

    def rated(self):
        """Returns all rows and their mean rewards, a list and `[N]` float64.

        They are in the order of their first trials.
        """
        entries = self._tried.values()
        rewards = [total / times for _, total, times, _ in entries]
        return [entry[0] for entry in entries], np.array(rewards, np.float64)

    def state(self):
        """Returns a dict of NumPy arrays."""
        entries = list(self._tried.values())
        return {
            "tried": pack([row for row, *_ in entries]),
            "sums": np.array([entry[1] for entry in entries], np.float64),
            "counts": np.array([entry[2:] for entry in entries], np.int64),
            "in_progress": pack(list(self._in_progress.elements())),
        }

    def set_state(self, arrays):
        """Restores what `state` returned."""
        self.forget()
        rows = unpack(arrays["tried"])
        sums, counts = arrays["sums"].tolist(), arrays["counts"].tolist()
        for row, total, numbers in zip(rows, sums, counts):
            self._tried[self._key(row)] = [row, total, *numbers]
        self.expect(unpack(arrays["in_progress"]))
