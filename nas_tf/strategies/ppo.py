"""Proximal policy optimisation of the RNN controller.

The loss is the clipped surrogate of Schulman et al. 2017 (equation 7); what is
published of NASNet's controller (Zoph et al. 2018, appendix A) is the default.
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
    """Several steps a batch, while the policy stays near the one that drew it.

    The ratio of new to old probability is that of a whole architecture, and
    the old one is what it was drawn with, as the journal has it. So it also
    makes up for what was learned while the batch was under way.

    Attributes:
        learning_rate: Adam's rate, > 0. NASNet has 0.00035 for 20,000
            children; with hundreds little is learned at that rate, so the
            default is larger.
        units: NASNet's 100.
        num_layers: NASNet's 1.
        entropy_weight: As for `Reinforce`, >= 0. NASNet has 0.00001, beside
            rewards as they are.
        clip: How far from 1 the ratio counts, > 0; Schulman et al. have 0.2,
            NASNet's is not published.
        epochs: Steps of Adam for each batch, at least 1; NASNet's number is
            not published.

    The other options are those of `Reinforce`; `accumulate` is 1 unless
    `epochs` is.
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
        # Epochs between which there is no step would be one and the same.
        good = self.accumulate == 1 or self.epochs == 1
        checks.check(self, "accumulate", good, "1, as `epochs` is larger")

    def descend(self, trials, advantages, bonus):
        actions = actions_of(trials)
        old = np.array([t.proposal.log_prob for t in trials], np.float32)
        mask = self.active(actions)
        for _ in range(self.epochs):
            self.learn(actions, advantages, mask, bonus, old)

    def loss(self, rollout, advantages, mask, bonus, old):
        new = ops.sum(rollout.log_probs * mask, axis=-1)
        loss = losses.clipped_surrogate_loss(new, old, advantages, self.clip)
        if self.entropy_weight:
            loss -= bonus * losses.mean_entropy(rollout.entropies, mask)
        return loss


make = PPO
