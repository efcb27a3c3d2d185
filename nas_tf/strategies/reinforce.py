"""REINFORCE with a moving-average baseline (Zoph & Le 2017, section 3.2)."""

import dataclasses

import numpy as np

from nas_tf import checks
from nas_tf import losses
from nas_tf.strategies.base import MovingAverage
from nas_tf.strategies.controlled import WithController


@dataclasses.dataclass
class Reinforce(WithController):
    """The RNN controller trained on the rewards of its own samples.

    Attributes:
        baseline_decay: Weight of the past in the baseline, in [0, 1).
        entropy_weight: Weight of the entropy bonus, >= 0; the paper mentions
            none. Advantages are taken in units of their own spread so far,
            so what is right for accuracies is so for rewards a hundredth as
            large.

    The other options are those of `WithController`.
    """

    baseline_decay: float = 0.95
    entropy_weight: float = 0.1

    def __post_init__(self):
        super().__post_init__()
        checks.number(self, "entropy_weight", minimum=0)
        checks.number(self, "baseline_decay", minimum=0, below=1)

    def start(self, space, seed):
        super().start(space, seed)
        self.baseline = MovingAverage(self.baseline_decay)
        self.variance = MovingAverage(self.baseline_decay)

    def update(self, trials):
        rewards = np.array([t.reward for t in trials], np.float32)
        advantages = rewards - self._baselines(rewards)
        spread = self._spread()
        # Where nothing is known to be better than anything else, there is
        # nothing to weigh entropy against.
        bonus = self.entropy_weight if spread else 0.0
        self.descend(trials, advantages / (spread or 1.0), np.float32(bonus))
        for reward, advantage in zip(rewards.tolist(), advantages.tolist()):
            self.baseline.add(reward)
            # A first batch of one differs from nothing.
            if advantage or self.variance.value is not None:
                self.variance.add(advantage**2)
        return {
            "controller/advantage": float(advantages.mean()),
            "controller/baseline": self.baseline.value,
            **self.watched(),
        }

    def descend(self, trials, advantages, bonus):
        """Makes the steps of one batch.

        Args:
            trials: List of B `Trial`.
            advantages: `[B]` float32, in units of their spread so far.
            bonus: float32, the weight of the entropy.
        """
        actions = actions_of(trials)
        self.learn(actions, advantages, self.active(actions), bonus)

    def loss(self, rollout, advantages, mask, bonus):
        loss = losses.reinforce_loss(rollout.log_probs, advantages, mask)
        if self.entropy_weight:
            loss -= bonus * losses.mean_entropy(rollout.entropies, mask)
        return loss

    def _baselines(self, rewards):
        """Returns `[B]` baselines, none of which knows its own reward.

        The moving average holds earlier batches only. The first batch has
        none, so each of its rewards is compared with the mean of the others.
        """
        if self.baseline.value is not None:
            return np.full_like(rewards, self.baseline.value)
        if len(rewards) == 1:
            return rewards
        return (rewards.sum() - rewards) / (len(rewards) - 1)

    def _spread(self):
        """Returns how far rewards have been from the baseline, 0 for unknown.

        As the baseline it knows earlier batches only; the first has none.
        """
        if self.variance.value is None:
            return 0.0
        spread = self.variance.value**0.5
        # Rounding is no difference between rewards.
        return spread if spread > 1e-6 * abs(self.baseline.value) else 0.0

    def state(self):
        arrays = super().state()
        if self.baseline.value is not None:
            arrays["baseline"] = np.array(self.baseline.value)
        if self.variance.value is not None:
            arrays["variance"] = np.array(self.variance.value)
        return arrays

    def set_state(self, arrays):
        super().set_state(arrays)
        if "baseline" in arrays:
            self.baseline.value = float(arrays["baseline"])
        if "variance" in arrays:
            self.variance.value = float(arrays["variance"])


def actions_of(trials):
    """Returns the `[B, T]` int64 actions of a list of `Trial`."""
    return np.array([t.proposal.actions for t in trials], np.int64)


make = Reinforce
