"""The RNN controller learns which of two architectures is the better one.

Its log-probabilities are scores whose differences predict the better of a
pair, as in the Bradley-Terry model and in learning from preferences (Christiano
et al. 2017; Rafailov et al. 2023). Pairs come from all trials, so that each
teaches more than once, as in priority queue training (Abolafia et al. 2018) and
self-imitation learning (Oh et al. 2018).
"""

import dataclasses

import numpy as np
from keras import ops

from nas_tf import checks
from nas_tf import losses
from nas_tf.seeds import generator
from nas_tf.strategies.controlled import WithController


@dataclasses.dataclass
class Pairwise(WithController):
    """Trains the RNN controller on pairs of architectures.

    The loss of a pair is `softplus(-sharpness * (log p - log q))`, with p the
    probability of the architecture with the higher reward and q that of the
    other. It is averaged over all pairs of different rewards among a batch and
    `earlier` architectures, drawn anew for each step from all that were tried.
    Only the order of rewards matters, not their scale.

    Attributes:
        sharpness: Factor of differences between log-probabilities, > 0. With a
            smaller one the controller becomes surer of the best. Default:
            0.25.
        steps: Steps of Adam per batch, at least 1. Default: 4.
        earlier: Number of earlier architectures in a step, at least 1. Default:
            24.

    The other options are those of `WithController`. `accumulate` has to be 1.
    """

    sharpness: float = 0.25
    steps: int = 4
    earlier: int = 24

    def __post_init__(self):
        super().__post_init__()
        checks.number(self, "sharpness", above=0)
        checks.whole(self, "steps", "earlier")
        checks.check(self, "accumulate", self.accumulate == 1, "1")

    def start(self, space, seed):
        super().start(space, seed)
        self._seed = seed

    def update(self, trials):
        self.remember(trials)
        batch = [trial.proposal.actions for trial in trials]
        rewards = [trial.reward for trial in trials]
        rows, known = self.memory.rated()
        same = [i for i, row in enumerate(rows) if len(row) == len(batch[0])]
        for _ in range(self.steps):
            rng = generator(self._seed, "pairs", self._learned)
            chosen = rng.permutation(same)[: self.earlier].tolist()
            self._step(
                batch + [rows[i] for i in chosen],
                np.array(rewards + known[chosen].tolist()),
                len(batch) + self.earlier,
            )
        return self.watched()

    def state(self):
        return {**super().state(), "seed": np.array(self._seed)}

    def set_state(self, arrays):
        super().set_state(arrays)
        self._seed = int(arrays["seed"])

    def _step(self, rows, rewards, size):
        """Makes a step on all pairs of rows, filled up to `size` rows."""
        better = np.zeros((size, size), np.float32)
        better[: len(rows), : len(rows)] = rewards[:, None] > rewards
        better /= max(better.sum(), 1)
        actions = np.array(rows + rows[:1] * (size - len(rows)), np.int64)
        self.learn(actions, self.active(actions), better)

    def loss(self, rollout, mask, better):
        totals = ops.sum(rollout.log_probs * mask, axis=1)
        return losses.pairwise_loss(totals, better, self.sharpness)


make = Pairwise
