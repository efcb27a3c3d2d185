"""Regularized evolution: the oldest dies (Real et al. 2019, algorithm 1)."""

import dataclasses
import operator

import numpy as np

from nas_tf import checks
from nas_tf.seeds import generator
from nas_tf.strategies._history import pack
from nas_tf.strategies._history import random_rows
from nas_tf.strategies._history import unpack
from nas_tf.strategies._neighbours import Neighbours
from nas_tf.strategies.base import Sample
from nas_tf.strategies.base import Strategy


@dataclasses.dataclass
class RegularizedEvolution(Strategy):
    """Mutates the best of a sample from the most recent architectures.

    Architectures are random until `population` of them have finished. After
    that, `sample_size` architectures are drawn with replacement from the
    `population` that finished last, and each proposal is the best of them with
    one decision changed. The decision is drawn uniformly from those that affect
    the architecture and have more than one choice; its own `mutate` changes it.
    A parent that is too short is first extended at random.

    A proposal's `log_prob` is 0, because the strategy has no distribution.

    Attributes:
        population: Number of architectures that can be parents, at least 1; the
            paper uses 100. If a search has only hundreds of children, a smaller
            population such as 30 leaves more of them to evolution. Default:
            100.
        sample_size: Number of architectures that compete to be the parent, at
            least 1; the paper uses 25. Default: 25.
    """

    population: int = 100
    sample_size: int = 25

    def __post_init__(self):
        checks.whole(self, "population", "sample_size")

    def start(self, space, seed):
        super().start(space, seed)
        self._decisions = space.decisions
        self._near = Neighbours(space)
        self._forget()

    def _forget(self):
        # A ring buffer: the next architecture replaces the oldest.
        self._rows = []
        self._rewards = np.zeros(self.population)
        self._oldest = 0

    def propose(self, count, length, seed):
        rng = generator(seed, "actions")
        if len(self._rows) < self.population:
            rows = random_rows(self._decisions[:length], count, rng)
        else:
            drawn = rng.integers(
                self.population, size=(count, self.sample_size)
            )
            best = self._rewards[drawn].argmax(axis=1)
            parents = drawn[np.arange(count), best].tolist()
            rows = [self._child(self._rows[p], length, rng) for p in parents]
        return [Sample(row, 0.0) for row in rows]

    def _child(self, parent, length, rng):
        row = parent[:length]
        if len(row) < length:
            rest = self._decisions[len(row) : length]
            row += random_rows(rest, 1, rng)[0]
        return self._near.one_of(row, rng)

    def update(self, trials):
        for trial in sorted(trials, key=operator.attrgetter("trial_id")):
            self._add(trial.proposal.actions, trial.reward)
        return {
            "evolution/mean_reward": float(
                self._rewards[: len(self._rows)].mean()
            )
        }

    def _add(self, row, reward):
        if len(self._rows) < self.population:
            self._rewards[len(self._rows)] = reward
            self._rows.append(row)
            return
        self._rows[self._oldest] = row
        self._rewards[self._oldest] = reward
        self._oldest = (self._oldest + 1) % self.population

    def state(self):
        return {
            "rows": pack(self._rows),
            "rewards": self._rewards[: len(self._rows)].copy(),
            "oldest": np.array(self._oldest),
        }

    def set_state(self, arrays):
        self._forget()
        self._rows = unpack(arrays["rows"])
        self._rewards[: len(self._rows)] = arrays["rewards"]
        self._oldest = int(arrays["oldest"])


make = RegularizedEvolution
