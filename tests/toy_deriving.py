"""An evaluator whose judgements only teach: its best are derived at the end."""

import dataclasses
import time

from tests import toy


@dataclasses.dataclass(frozen=True)
class Deriving(toy.ToyEvaluator):
    """Judges by `toy_reward`, on more and more examples.

    Attributes:
        pause: Length of a pause before each batch, in seconds.
    """

    pause: float = 0.0
    derive: int = 3
    derive_top: int = 1

    in_process = True
    derives = True

    def prepare(self, strategy, length, number, seed):
        time.sleep(self.pause)
        return {}

    def judge(self, space, task, actions, whole):
        result = self.evaluate(space, task, actions, 0)
        metrics = {**result.metrics, "examples": 20 if whole else 10}
        return dataclasses.replace(result, metrics=metrics)


make = Deriving
