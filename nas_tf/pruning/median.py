"""Stops a child that is worse than the median of others at its epoch.

The rule is that of Optuna's `MedianPruner`, a variant of the median stopping
rule of Golovin et al. 2017 (Google Vizier, section 3.2.2).
"""

import dataclasses
import statistics

from nas_tf import checks
from nas_tf.pruning.base import PruningRule


@dataclasses.dataclass(frozen=True)
class Median(PruningRule):
    """Compares with all children that were trained to the end.

    A child is stopped if the best reward that it has had so far is below the
    median of the rewards that those had after as many epochs.

    Attributes:
        startup: Number of children that are trained to the end before any is
            stopped, at least 1. Default: 5, as in Optuna.
        warmup: Number of epochs after which a child may be stopped first, at
            least 1. Default: 1.
        teaches: See `nas_tf.pruning.base.PruningRule`. Default: "reward".
    """

    startup: int = 5
    warmup: int = 1

    def __post_init__(self):
        super().__post_init__()
        checks.whole(self, "startup", "warmup")

    def stops(self, values, others):
        epoch = len(values)
        complete = [course.values for course in others if course.complete]
        if epoch < self.warmup or len(complete) < self.startup:
            return False
        then = [known[epoch - 1] for known in complete if len(known) >= epoch]
        return bool(then) and max(values) < statistics.median(then)


make = Median
