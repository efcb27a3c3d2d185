"""Rewards shaped by what a child costs: several objectives in one number."""

import dataclasses
import math

from nas_tf import registry
from nas_tf import trial
from nas_tf.checks import check
from nas_tf.checks import is_number
from nas_tf.evaluators.base import Evaluator

SIZES = ("params", "multiply_adds")


@dataclasses.dataclass(frozen=True)
class Shaped(Evaluator):
    """Multiplies another evaluator's reward by `(cost / target)**exponent`.

    That is the soft constraint of MnasNet (Tan et al. 2019, section 3): with
    -0.07 on both sides a child of twice the cost has to be worth 5 % more.
    With `below=0` and `above=-1` it is the hard one, which only punishes what
    is over the target. The reward as it was and the cost are kept as the
    metrics "unshaped_reward" and by the cost's name. A child that failed
    keeps its reward.

    Attributes:
        cost: "params" or "multiply_adds", of an architecture's spec, or the
            name of one of the inner evaluator's metrics, such as the "latency"
            of `standalone(latency=True)`.
        target: Cost that leaves a reward as it is, > 0.
        below: Exponent for a cost up to the target, <= 0.
        above: Exponent for a larger one, <= 0.
        evaluator: Call string of the inner evaluator, whose rewards are
            positive.

    Raises:
        UsageError: For values outside those ranges, or a size where the inner
            evaluator needs no task.
    """

    cost: str
    target: float
    below: float = -0.07
    above: float = -0.07
    evaluator: str = "standalone"

    def __post_init__(self):
        value = self.target
        good = is_number(value) and 0 < value < math.inf
        check(self, "target", good, "a finite number > 0")
        for name in ("below", "above"):
            value = getattr(self, name)
            good = is_number(value) and -math.inf < value <= 0
            check(self, name, good, "a finite number <= 0")
        object.__setattr__(
            self, "_inner", registry.make("evaluators", self.evaluator)
        )
        good = self._inner.needs_task or self.cost not in SIZES
        wanted = "a metric, as children without a task have no size"
        check(self, "cost", good, wanted)

    @property
    def needs_task(self):
        return self._inner.needs_task

    def on_devices(self, devices):
        shaped = dataclasses.replace(self)
        inner = self._inner.on_devices(devices)
        object.__setattr__(shaped, "_inner", inner)
        return shaped

    def warm_up(self, space, task):
        self._inner.warm_up(space, task)

    def evaluate(self, space, task, actions, seed):
        result = self._inner.evaluate(space, task, actions, seed)
        if result.status != trial.OK:
            return result
        cost = self._cost(space, task, actions, result)
        if cost is None or not 0 < cost < math.inf:
            known = ", ".join([*SIZES, *result.metrics])
            return dataclasses.replace(
                result,
                status=trial.ERROR,
                reward=task.failure_reward,
                error=f"Expected a cost '{self.cost}' > 0, one of: {known}. "
                f"Received: {cost}",
            )
        exponent = self.below if cost <= self.target else self.above
        return dataclasses.replace(
            result,
            reward=result.reward * (cost / self.target) ** exponent,
            metrics={
                **result.metrics,
                "unshaped_reward": result.reward,
                self.cost: cost,
            },
        )

    def _cost(self, space, task, actions, result):
        if self.cost in SIZES:
            return getattr(space.cost(space.decode(actions), task), self.cost)
        return result.metrics.get(self.cost)


make = Shaped
