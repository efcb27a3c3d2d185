"""An evaluator whose children report epochs without being trained."""

import dataclasses

from nas_tf.errors import Pruned
from nas_tf.pruning.reports import Watch
from nas_tf.trial import OK
from nas_tf.trial import PRUNED
from nas_tf.trial import Result
from tests import toy

EPOCHS = 4


@dataclasses.dataclass(frozen=True)
class Task(toy.ToyTask):
    """Its reward is the last value of the measure."""

    def reward(self, history):
        return history["val_loss"][-1]


@dataclasses.dataclass(frozen=True)
class Reporting(toy.ToyEvaluator):
    """A child's reward grows evenly up to that of `ToyEvaluator`."""

    @property
    def reports(self):
        return True

    def evaluate(self, space, task, actions, seed, reports=None):
        whole = super().evaluate(space, task, actions, seed)
        if reports is None:
            return whole
        watch = Watch(task, reports)
        try:
            for epoch in range(EPOCHS):
                value = whole.reward * (epoch + 1) / EPOCHS
                watch(epoch, {"loss": 0.0, "val_loss": value})
            status = OK
        except Pruned:
            status = PRUNED
        return Result(
            status,
            watch.values[-1],
            spec=whole.spec,
            reports=tuple(watch.values),
        )


make = Reporting
