"""REINFORCE with a moving-average baseline (Zoph & Le 2017, section 3.2)."""

import dataclasses

import numpy as np

from nas_tf import losses
from nas_tf.checks import check
from nas_tf.checks import is_number
from nas_tf.strategies._with_controller import WithController
from nas_tf.strategies.base import MovingAverage


@dataclasses.dataclass
class Reinforce(WithController):
    """The RNN controller trained on the rewards of its own samples.

    Attributes:
        baseline_decay: Weight of the past in the baseline, in [0, 1).
        entropy_weight: Weight of the entropy bonus, >= 0.

    The other options are those of `WithController`.
    """

    baseline_decay: float = 0.95
    entropy_weight: float = 0.0

    def __post_init__(self):
        super().__post_init__()
        value = self.entropy_weight
        good = is_number(value) and value >= 0
        check(self, "entropy_weight", good, ">= 0")
        value = self.baseline_decay
        good = is_number(value) and 0 <= value < 1
        check(self, "baseline_decay", good, "in [0, 1)")

    def start(self, space, seed):
        super().start(space, seed)
        self.baseline = MovingAverage(self.baseline_decay)

    def update(self, trials):
        actions = np.array([t.proposal.actions for t in trials], np.int64)
        rewards = np.array([t.reward for t in trials], np.float32)
        advantages = rewards - self._baselines(rewards)
        self.learn(actions, advantages, self.active(actions))
        for reward in rewards.tolist():
            self.baseline.add(reward)
        return {
            "controller/advantage": float(advantages.mean()),
            "controller/baseline": self.baseline.value,
            **self.watched(),
        }

    def loss(self, rollout, advantages, mask):
        loss = losses.reinforce_loss(rollout.log_probs, advantages, mask)
        if self.entropy_weight:
            entropy = losses.mean_entropy(rollout.entropies, mask)
            loss -= self.entropy_weight * entropy
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

    def state(self):
        arrays = super().state()
        if self.baseline.value is not None:
            arrays["baseline"] = np.array(self.baseline.value)
        return arrays

    def set_state(self, arrays):
        super().set_state(arrays)
        if "baseline" in arrays:
            self.baseline.value = float(arrays["baseline"])


make = Reinforce
