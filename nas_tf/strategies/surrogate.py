"""Sequential model-based search: a regression predicts rewards (SMBO).

Liu et al. 2018 (PNAS) predict the rewards of candidates from what was trained
and train the best predicted ones. Here the predictor is one of scikit-learn's.
"""

import dataclasses

import numpy as np

from nas_tf import checks
from nas_tf import limits
from nas_tf.seeds import derive_seed
from nas_tf.seeds import generator
from nas_tf.strategies._columns import Columns
from nas_tf.strategies._history import random_rows
from nas_tf.strategies._neighbours import Neighbours
from nas_tf.strategies._tried import Memory
from nas_tf.strategies.base import Sample
from nas_tf.strategies.base import Strategy

# How often a random row is redrawn if it has been tried already.
_DRAWS = 20


@dataclasses.dataclass
class Surrogate(Strategy):
    """Proposes the candidates of the best predicted rewards.

    The predictor is a forest of extremely randomized trees (Geurts et al.
    2006), fitted to all finished trials before each batch. It reads a row as
    ones and zeros: one column for each choice, or for each anchor of a
    `Subset`. Columns of decisions without effect are 0.

    Candidates are random architectures and the neighbours of the best so far,
    which differ in one decision. A candidate is rated by the mean of the trees'
    predictions plus `exploration` times their standard deviation. Nothing is
    proposed that was tried or is in progress, unless no more is found. A
    proposal's `log_prob` is 0.

    Attributes:
        startup: Number of architectures, at least 1, that are tried at random
            before anything is predicted. Default: 16.
        candidates: Number of random architectures that are rated for each
            batch, at least 1. Default: 1000.
        parents: Number of architectures whose neighbours are candidates, at
            least 1: the best of the same length. Default: 5.
        trees: Number of trees, at least 2. Default: 30.
        exploration: Weight of the trees' standard deviation, >= 0. Default: 1.
    """

    startup: int = 16
    candidates: int = 1000
    parents: int = 5
    trees: int = 30
    exploration: float = 1.0

    distinct = True

    def __post_init__(self):
        checks.whole(self, "startup", "parents")
        checks.whole(self, "candidates", maximum=limits.TOGETHER)
        checks.whole(self, "trees", minimum=2, maximum=limits.LAYERS)
        checks.number(self, "exploration", minimum=0)

    def start(self, space, seed):
        super().start(space, seed)
        self._near = Neighbours(space)
        self._columns = Columns(space.decisions)
        self.memory = Memory(self._near.key)

    def propose(self, count, length, seed):
        rng = generator(seed, "actions")
        rows, rewards = self.memory.rated()
        chosen = []
        if len(rows) >= self.startup:
            chosen = self._candidates(length, rng)
        if chosen:
            forest = self._forest(rows, rewards, derive_seed(seed, "forest"))
            order = np.argsort(-self._rate(forest, chosen), kind="stable")
            chosen = [chosen[i] for i in order[:count].tolist()]
        chosen += self._random(count - len(chosen), length, rng)
        return [Sample(row, 0.0) for row in chosen]

    def _random(self, count, length, rng):
        """Returns random rows, as far as possible untried and different."""
        decisions = self.space.decisions[:length]
        rows, keys = [], set()
        for _ in range(count):
            for _ in range(_DRAWS):
                [row] = random_rows(decisions, 1, rng)
                if row not in self.memory and self._near.key(row) not in keys:
                    break
            keys.add(self._near.key(row))
            rows.append(row)
        return rows

    def _candidates(self, length, rng):
        """Returns untried rows, each once."""
        decisions = self.space.decisions[:length]
        rows = random_rows(decisions, self.candidates, rng)
        for parent in self.memory.best(length, self.parents):
            rows += self._near.of(parent)
        different = {self._near.key(row): row for row in rows}
        return [row for row in different.values() if row not in self.memory]

    def _forest(self, rows, rewards, seed):
        from sklearn.ensemble import ExtraTreesRegressor

        forest = ExtraTreesRegressor(self.trees, random_state=seed)
        return forest.fit(self._read(rows), rewards)

    def _rate(self, forest, rows):
        """Returns how promising rows are, `[N]` floats."""
        inputs = self._read(rows)
        predicted = np.array([tree.predict(inputs) for tree in forest])
        return predicted.mean(0) + self.exploration * predicted.std(0)

    def _read(self, rows):
        return self._columns.read(rows, self._near)

    def expect(self, rows):
        self.memory.expect(rows)

    def update(self, trials):
        self.memory.add(trials)
        _, rewards = self.memory.rated()
        return {
            "surrogate/tried": len(rewards),
            "surrogate/best_reward": float(rewards.max()),
        }

    def state(self):
        return self.memory.state()

    def set_state(self, arrays):
        self.memory.set_state(arrays)


make = Surrogate
