"""Local search: moves to a better neighbour, and restarts if there is none.

It is as good as much more complex methods on benchmarks of a few thousand
architectures (White et al. 2021; den Ottelander et al. 2021).
"""

import dataclasses

import numpy as np

from nas_tf.seeds import generator
from nas_tf.strategies._history import pack
from nas_tf.strategies._history import random_rows
from nas_tf.strategies._history import unpack
from nas_tf.strategies._neighbours import Neighbours
from nas_tf.strategies.base import Sample
from nas_tf.strategies.base import Strategy

# How often a random row is redrawn if it has been tried already.
_DRAWS = 20


@dataclasses.dataclass
class LocalSearch(Strategy):
    """Tries the neighbours of the current architecture, in random order.

    Neighbours differ in one decision that affects the architecture, and in one
    bit of it if it is a `Subset`. The search moves to the best of a batch if it
    is better than the current architecture. If no neighbour is better, it
    continues from the best of a few random architectures. With batches of one
    child it takes the first improvement.

    An architecture that has finished is not tried again. With several batches
    in progress, the same neighbour may be in more than one. A proposal's
    `log_prob` is 0. There are no options.
    """

    distinct = True

    def start(self, space, seed):
        super().start(space, seed)
        self._decisions = space.decisions
        self._near = Neighbours(space)
        self._rewards = {}  # key of `Neighbours` -> reward of its first trial
        self._here = None

    def propose(self, count, length, seed):
        rng = generator(seed, "actions")
        rows = []
        if self._here is not None:
            rows = self._untried(length, count, rng)
        while len(rows) < count:
            rows.append(self._elsewhere(length, rows, rng))
        return [Sample(row, 0.0) for row in rows]

    def _untried(self, length, count, rng):
        """Returns up to `count` untried neighbours, in random order."""
        here = self._here[:length]
        if len(here) < length:
            # Networks are deeper than before, so there are no neighbours yet.
            rest = self._decisions[len(here) : length]
            return [here + row for row in random_rows(rest, count, rng)]
        rows = [r for r in self._near.of(here) if not self._is_tried(r)]
        return [rows[i] for i in rng.permutation(len(rows))[:count]]

    def _elsewhere(self, length, rows, rng):
        keys = set(map(self._near.key, rows))
        for _ in range(_DRAWS):
            [row] = random_rows(self._decisions[:length], 1, rng)
            if not self._is_tried(row) and self._near.key(row) not in keys:
                break
        return row

    def update(self, trials):
        for trial in trials:
            key = self._near.key(trial.proposal.actions)
            self._rewards.setdefault(key, trial.reward)
        self._move([trial.proposal.actions for trial in trials])
        scalars = {"local_search/tried": len(self._rewards)}
        if self._here is not None:
            scalars["local_search/reward"] = self._reward(self._here)
        return scalars

    def _is_tried(self, row):
        return self._near.key(row) in self._rewards

    def _reward(self, row):
        """Returns the reward of a row that was tried."""
        return self._rewards[self._near.key(row)]

    def _move(self, batch):
        """Moves to the best architecture, or away from a local optimum.

        Args:
            batch: List of rows of actions that have finished.
        """
        here = self._here
        length = max(map(len, batch))
        if here is not None and len(here) > length:
            return
        batch = [row for row in batch if len(row) == length]
        if here is not None and len(here) == length:
            # The current row comes first: an equal reward is no reason to move.
            here = self._climb(max([here, *batch], key=self._reward))
        else:
            here = self._climb(max(batch, key=self._reward))
        if self._is_done_with(here):
            near = set(map(self._near.key, [here, *self._near.of(here)]))
            far = [row for row in batch if self._near.key(row) not in near]
            here = None
            if far:
                here = self._climb(max(far, key=self._reward))
                if self._is_done_with(here):
                    here = None
        self._here = here

    def _climb(self, row):
        """Returns the row reached by moving to better tried neighbours."""
        while True:
            tried = filter(self._is_tried, self._near.of(row))
            best = max([row, *tried], key=self._reward)
            if best == row:
                return row
            row = best

    def _is_done_with(self, row):
        return all(map(self._is_tried, self._near.of(row)))

    def state(self):
        rewards = np.array(list(self._rewards.values()), np.float64)
        here = [] if self._here is None else [self._here]
        return {
            "rows": pack(list(self._rewards)),
            "rewards": rewards,
            "here": pack(here),
        }

    def set_state(self, arrays):
        self._rewards = {}
        # States of earlier versions have several rows of one architecture.
        for row, reward in zip(
            unpack(arrays["rows"]), arrays["rewards"].tolist()
        ):
            self._rewards.setdefault(self._near.key(row), reward)
        here = unpack(arrays["here"])
        self._here = here[0] if here else None


make = LocalSearch
