"""An evaluator whose children share weights, which every batch changes."""

import dataclasses
import time

import numpy as np

from nas_tf import trial
from nas_tf.evaluators.base import Evaluator
from nas_tf.seeds import generator


@dataclasses.dataclass(frozen=True)
class Shared(Evaluator):
    """Has weights that change with drawn samples, and rewards from them.

    The weights after `prepare` depend on everything that was prepared and
    learned before. Every reward depends on the weights.

    Attributes:
        seconds: Length of a pause in `prepare` and in each evaluation.
        parts: Number of parts of the first batch's preparation.
    """

    seconds: float = 0.0
    parts: int = 3

    in_process = True

    def __post_init__(self):
        object.__setattr__(self, "_made", {})

    def start(self, space, task, seed):
        rng = generator(seed, "weights")
        self._made.clear()
        self._made["weights"] = rng.normal(size=4)
        self._made["batches"] = np.array(0)
        self._made["part"] = np.array(0)

    def prepare(self, strategy, length, number, seed):
        assert self._made["batches"] == number
        part = self._made["part"] + 1
        time.sleep(self.seconds)
        for sample in strategy.propose(3, length, seed):
            step = generator(seed, part, *sample.actions).normal(size=4)
            self._made["weights"] = 0.9 * self._made["weights"] + 0.1 * step
        self._made["part"] = part
        if number or part == self.parts:
            self._made["batches"] = self._made["batches"] + 1
            self._made["part"] = np.array(0)
        return {"shared/weight": float(self._made["weights"][0])}

    def is_prepared(self, number):
        return bool(self._made["batches"] > number)

    def state(self):
        return dict(self._made)

    def set_state(self, arrays):
        assert set(arrays) == {"weights", "batches", "part"}
        self._made.clear()
        self._made.update(arrays)

    def evaluate(self, space, task, actions, seed):
        time.sleep(self.seconds)
        features = np.sin(np.arange(1, 5) * (1 + sum(actions)))
        reward = 1 / (1 + np.exp(-(self._made["weights"] @ features)))
        return trial.Result(
            status=trial.OK,
            reward=float(reward),
            metrics={"quality": float(reward)},
            spec=space.decode(actions).to_json(),
            started=time.time(),
        )


make = Shared
