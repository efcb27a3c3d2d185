"""Random search: every decision is uniform over its choices.

It is the baseline for all other strategies (Zoph & Le 2017, section 5; NASNet,
section 3). Each skip connection has a probability of 1/2.
"""

import dataclasses
import math

from nas_tf.seeds import generator
from nas_tf.strategies._history import random_rows
from nas_tf.strategies.base import Sample
from nas_tf.strategies.base import Strategy


@dataclasses.dataclass
class RandomSearch(Strategy):
    """Proposes random architectures; it has no options."""

    def propose(self, count, length, seed):
        rng = generator(seed, "actions")
        decisions = self.space.decisions[:length]
        log_prob = -sum(math.log(d.num_actions) for d in decisions)
        rows = random_rows(decisions, count, rng)
        return [Sample(row, log_prob) for row in rows]

    def update(self, trials):
        return {}


make = RandomSearch
