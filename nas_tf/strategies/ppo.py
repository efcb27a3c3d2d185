"""Proximal policy optimisation of the RNN controller.

The loss is the clipped surrogate of Schulman et al. 2017 (equation 7). Defaults
are NASNet's (Zoph et al. 2018, appendix A) where they are published, except for
the learning rate and the entropy weight.
"""

import dataclasses

import numpy as np
from keras import ops

from nas_tf import checks
from nas_tf import losses
from nas_tf.strategies.reinforce import Reinforce
from nas_tf.strategies.reinforce import actions_of


@dataclasses.dataclass
class PPO(Reinforce):
    """Makes several steps per batch that keep the policy close to the old one.

    The ratio of new to old probability is that of a whole architecture. If all
    proposals are samples (`moves=0, distinct=False`), the old probability is
    the one in the journal, with which it was drawn. The ratio therefore also
    corrects for updates that were made while the batch was in progress.
    Otherwise the journal does not have the probability with which it was
    proposed. The old probability is then the policy's before the first step on
    the batch, and the ratio bounds the steps but corrects nothing.

    Attributes:
        learning_rate: Adam's learning rate, > 0. NASNet has 0.00035 for 20,000
            children. With hundreds of children little is learned at that rate,
            so the default is larger, 0.005.
        units: Units of the controller. Default: NASNet's 100.
        num_layers: LSTM layers of the controller. Default: NASNet's 1.
        entropy_weight: See `Reinforce`, >= 0. NASNet has 0.00001, relative to
            rewards that are not normalized. Default: 0.03.
        clip: Largest distance of the ratio from 1, > 0. Schulman et al. use
            0.2; NASNet's value is not published. Default: 0.2.
        epochs: Steps of Adam per batch, at least 1; NASNet's number is not
            published. Default: 2.

    The other options are those of `Reinforce`. `accumulate` has to be 1 unless
    `epochs` is 1.
    """

    learning_rate: float = 0.005
    units: int = 100
    num_layers: int = 1
    entropy_weight: float = 0.03
    clip: float = 0.2
    epochs: int = 2

    def __post_init__(self):
        super().__post_init__()
        checks.number(self, "clip", above=0)
        checks.whole(self, "epochs")
        # Without a step between them, all epochs would be the same.
        good = self.accumulate == 1 or self.epochs == 1
        checks.check(self, "accumulate", good, "1, as `epochs` is larger")

    def descend(self, trials, advantages, bonus):
        actions = actions_of(trials)
        old = np.array(self._old(trials), np.float32)
        mask = self.active(actions)
        for _ in range(self.epochs):
            self.learn(actions, advantages, mask, bonus, old)

    def _old(self, trials):
        """Returns the log-probabilities that ratios are relative to."""
        if self.off_policy:
            return self.log_probs([t.proposal.actions for t in trials])
        return [t.proposal.log_prob for t in trials]

    def loss(self, rollout, advantages, mask, bonus, old):
        new = ops.sum(rollout.log_probs * mask, axis=-1)
        loss = losses.clipped_surrogate_loss(new, old, advantages, self.clip)
        if self.entropy_weight:
            loss -= bonus * losses.mean_entropy(rollout.entropies, mask)
        return loss


make = PPO
