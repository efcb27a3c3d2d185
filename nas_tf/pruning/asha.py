"""Asynchronous successive halving: only the best go on at each rung.

Li et al. 2020, "A system for massively parallel hyperparameter tuning". As in
Ray Tune's `ASHAScheduler`, a child is stopped at a rung instead of being paused
until it is known to be among the best, so that nothing is ever continued.
"""

import dataclasses

import numpy as np

from nas_tf import checks
from nas_tf.pruning.base import PruningRule


@dataclasses.dataclass(frozen=True)
class ASHA(PruningRule):
    """Stops what is not among the best of those that came to the same rung.

    Rungs are after `grace`, `grace * reduction`, `grace * reduction**2`, ...
    epochs. A child goes on if its reward there is at least the quantile
    `1 - 1 / reduction` of the rewards of those that came to the rung before.

    Attributes:
        grace: Number of epochs of the first rung, at least 1. Default: 1.
        reduction: Factor, at least 2, between rungs; one child in as many goes
            on. Default: 4, as in Ray Tune.
        teaches: See `nas_tf.pruning.base.PruningRule`. Default: "reward".
    """

    grace: int = 1
    reduction: int = 4

    def __post_init__(self):
        super().__post_init__()
        checks.whole(self, "grace")
        checks.whole(self, "reduction", minimum=2)

    def stops(self, values, others):
        epoch = len(values)
        if not self._is_rung(epoch):
            return False
        before = [c.values[epoch - 1] for c in others if len(c.values) >= epoch]
        if not before:
            return False
        return values[-1] < np.quantile(before, 1 - 1 / self.reduction)

    def _is_rung(self, epoch):
        rung = self.grace
        while rung < epoch:
            rung *= self.reduction
        return rung == epoch


make = ASHA
