"""REINFORCE with a baseline (Zoph & Le 2017, section 3.2)."""

import dataclasses

import numpy as np

from nas_tf import checks
from nas_tf import losses
from nas_tf.strategies.base import MovingAverage
from nas_tf.strategies.controlled import WithController

BASELINES = ("moving", "batch")


@dataclasses.dataclass
class Reinforce(WithController):
    """Trains the RNN controller on the rewards of its own samples.

    Attributes:
        baseline: What a reward is compared with: "moving" for the moving
            average of earlier batches, or "batch" for the mean of the others in
            its batch, if there are any. "batch" is for rewards that share the
            luck of their batch, as those of shared weights do, which are
            measured on one minibatch: with "moving" most of the advantages is
            that luck. Default: "moving", the paper's.
        baseline_decay: Weight of earlier rewards in the moving average, in
            [0, 1). Default: 0.95.
        entropy_weight: Weight of the entropy bonus, >= 0; the paper mentions
            none. Advantages are divided by their root mean square so far, so
            that the same weight suits rewards of any scale. Default: 0.1.

    The other options are those of `WithController`.
    """

    baseline_decay: float = 0.95
    entropy_weight: float = 0.1
    baseline: str = "moving"

    def __post_init__(self):
        super().__post_init__()
        checks.one_of(self, "baseline", BASELINES)
        checks.number(self, "entropy_weight", minimum=0)
        checks.number(self, "baseline_decay", minimum=0, below=1)

    def start(self, space, seed):
        super().start(space, seed)
        self.average = MovingAverage(self.baseline_decay)
        self.variance = MovingAverage(self.baseline_decay)

    def update(self, trials):
        self.remember(trials)
        rewards = np.array([t.reward for t in trials], np.float32)
        advantages = rewards - self._baselines(rewards)
        spread = self._spread()
        # As long as all rewards are equal, there are no advantages that the
        # entropy could be weighted against.
        bonus = self.entropy_weight if spread else 0.0
        self.descend(trials, advantages / (spread or 1.0), np.float32(bonus))
        for reward, advantage in zip(rewards.tolist(), advantages.tolist()):
            self.average.add(reward)
            # The first batch has no advantages if it has one architecture.
            if advantage or self.variance.value is not None:
                self.variance.add(advantage**2)
        return {
            "controller/advantage": float(advantages.mean()),
            "controller/baseline": self.average.value,
            **self.watched(),
        }

    def descend(self, trials, advantages, bonus):
        """Makes the steps of one batch.

        Args:
            trials: List of B `Trial`.
            advantages: `[B]` float32, normalized.
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
        """Returns `[B]` baselines that are independent of their own reward.

        The moving average contains earlier batches only. For the first batch
        there is none, so each reward is compared with the mean of the others.
        """
        alone = self.baseline == "moving" or len(rewards) == 1
        if alone and self.average.value is not None:
            return np.full_like(rewards, self.average.value)
        if len(rewards) == 1:
            return rewards
        return (rewards.sum() - rewards) / (len(rewards) - 1)

    def _spread(self):
        """Returns the root mean square of earlier advantages, 0 if unknown.

        Like the baseline, it is unknown for the first batch.
        """
        if self.variance.value is None:
            return 0.0
        spread = self.variance.value**0.5
        # Smaller differences between rewards are rounding errors.
        return spread if spread > 1e-6 * abs(self.average.value) else 0.0

    def state(self):
        arrays = super().state()
        if self.average.value is not None:
            arrays["baseline"] = np.array(self.average.value)
        if self.variance.value is not None:
            arrays["variance"] = np.array(self.variance.value)
        return arrays

    def set_state(self, arrays):
        super().set_state(arrays)
        if "baseline" in arrays:
            self.average.value = float(arrays["baseline"])
        if "variance" in arrays:
            self.variance.value = float(arrays["variance"])


def actions_of(trials):
    """Returns the actions of a list of `Trial` as `[B, T]` int64."""
    return np.array([t.proposal.actions for t in trials], np.int64)


make = Reinforce
