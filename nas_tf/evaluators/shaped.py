"""Rewards shaped by the cost of a child: several objectives in one number."""

import dataclasses
import math

from nas_tf import checks
from nas_tf import registry
from nas_tf import trial
from nas_tf.errors import UsageError
from nas_tf.evaluators.base import Evaluator
from nas_tf.trial import SIZES


@dataclasses.dataclass(frozen=True)
class Shaped(Evaluator):
    """Multiplies another evaluator's reward by `(cost / target)**exponent`.

    This is the soft constraint of MnasNet (Tan et al. 2019, section 3). With
    -0.07 on both sides, a child of twice the cost needs a reward 5 % higher.
    `below=0` and `above=-1` give the hard constraint, which only penalises
    costs above the target. The original reward becomes the metric
    "unshaped_reward", and the cost becomes a metric of its own name. A failed
    child keeps its reward. A pruned one whose cost is not known then has the
    reward of a failed child.

    Attributes:
        cost: "params" or "multiply_adds", or the name of one of the inner
            evaluator's metrics, such as the "latency" of
            `standalone(latency=True)`. A size is taken from the inner
            evaluator's result or, if it has none, from the space.
        target: Cost at which a reward does not change, > 0.
        below: Exponent for costs up to the target, <= 0. Default: -0.07.
        above: Exponent for larger costs, <= 0. Default: -0.07.
        evaluator: Call string of the inner evaluator, whose rewards are
            positive. Default: "standalone".

    Raises:
        UsageError: For values outside those ranges, or a size that the inner
            evaluator does not know.
    """

    cost: str
    target: float
    below: float = -0.07
    above: float = -0.07
    evaluator: str = "standalone"

    def __post_init__(self):
        checks.number(self, "target", above=0)
        checks.number(self, "below", "above", maximum=0)
        object.__setattr__(
            self, "_inner", registry.make("evaluators", self.evaluator)
        )
        good = self.cost not in SIZES or self._inner.knows(self.cost)
        wanted = "a metric, as the inner evaluator knows no such size"
        checks.check(self, "cost", good, wanted)

    @property
    def needs_task(self):
        return self._inner.needs_task

    @property
    def in_process(self):
        return self._inner.in_process

    @property
    def derives(self):
        return self._inner.derives

    @property
    def derive(self):
        return self._inner.derive

    @property
    def derive_top(self):
        return self._inner.derive_top

    def check(self, space, task, strategy):
        self._inner.check(space, task, strategy)

    def reward_formula(self, task):
        inner = self._inner.reward_formula(task) or "the task's reward"
        ratio = f"({self.cost} / {self.target:,g})"
        if self.below == self.above:
            return f"{inner}, times {ratio} to the power {self.below:g}"
        return (
            f"{inner}, times {ratio} to the power {self.below:g} up to "
            f"{self.target:,g} and {self.above:g} above"
        )

    def knows(self, size):
        return self._inner.knows(size)

    def start(self, space, task, seed):
        self._inner.start(space, task, seed)

    def prepare(self, strategy, length, number, seed):
        return self._inner.prepare(strategy, length, number, seed)

    def is_prepared(self, number):
        return self._inner.is_prepared(number)

    def preparation(self):
        return self._inner.preparation()

    def state(self):
        return self._inner.state()

    def set_state(self, arrays):
        self._inner.set_state(arrays)

    def identity(self):
        return self._inner.identity()

    def on_devices(self, devices):
        shaped = dataclasses.replace(self)
        inner = self._inner.on_devices(devices)
        object.__setattr__(shaped, "_inner", inner)
        return shaped

    def warm_up(self, space, task):
        self._inner.warm_up(space, task)

    @property
    def reports(self):
        return self._inner.reports

    def evaluate(self, space, task, actions, seed, reports=None):
        # Rules compare rewards as the inner evaluator has them.
        more = {} if reports is None else {"reports": reports}
        result = self._inner.evaluate(space, task, actions, seed, **more)
        return self._shaped(space, task, actions, result)

    def judge(self, space, task, actions, whole):
        result = self._inner.judge(space, task, actions, whole)
        return self._shaped(space, task, actions, result)

    def _shaped(self, space, task, actions, result):
        if result.status not in (trial.OK, trial.PRUNED):
            return result
        try:
            cost = self._cost(space, task, actions, result)
        except UsageError as error:
            return dataclasses.replace(
                result,
                status=trial.INVALID,
                reward=task.failure_reward,
                error=str(error),
            )
        if cost is None and result.status == trial.PRUNED:
            # An evaluator may measure it at the end only. The reward of that
            # moment could be far above all shaped ones.
            return dataclasses.replace(
                result,
                reward=task.failure_reward,
                metrics={**result.metrics, "unshaped_reward": result.reward},
                error=f"{result.error}; its cost '{self.cost}' is not known",
            )
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
        if self.cost not in SIZES:
            return result.metrics.get(self.cost)
        known = getattr(result, self.cost)
        if known is None and self.needs_task:
            known = getattr(space.cost(space.decode(actions), task), self.cost)
        return known


make = Shaped
