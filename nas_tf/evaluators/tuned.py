"""Trains every child at the best of several learning rates.

Bello et al. 2017: update rules differ in their best learning rate by orders of
magnitude, so each is first tried for a short time at every rate.
"""

import dataclasses
import math

import numpy as np

from nas_tf import checks
from nas_tf.errors import NonFiniteLoss
from nas_tf.evaluators.standalone import Standalone


@dataclasses.dataclass(frozen=True)
class Tuned(Standalone):
    """Tries learning rates briefly, then trains a child at the best one.

    All trainings begin with the same weights. A rate is the better, the higher
    the reward after the trial. A training whose loss is no longer finite ends
    after 1, 2, 4, 8 ... steps; where it does so at every rate, the child's
    status is `nan`. The rate becomes the metric "learning_rate" and a part of
    the architecture's spec, if that has a place for it.

    Attributes:
        rates: Tuple of different learning rates > 0. Default: the paper's,
            powers of ten from 10^-5 to 10.
        trial_epochs: Number of epochs of a trial, at least 1. The task's
            schedule is compressed to it. Default: 1, as in the paper.
        devices: See `nas_tf.evaluators.standalone.Standalone`.
        latency: See `Standalone`.
    """

    rates: tuple = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0)
    trial_epochs: int = 1

    def __post_init__(self):
        super().__post_init__()
        good = checks.is_tuple_of_different(self.rates) and all(
            checks.is_number(rate) and 0 < rate < math.inf
            for rate in self.rates
        )
        wanted = "a tuple of different numbers > 0"
        checks.check(self, "rates", good, wanted)
        checks.whole(self, "trial_epochs")

    def _train(self, *arguments):
        from nas_tf.training import kept_engines

        if self.devices > 1:
            # Each training draws the masks of its devices apart.
            return super()._train(*arguments)
        with kept_engines.keeping():
            return super()._train(*arguments)

    def _recipe(self, task, model, seed, recipe):
        from nas_tf.training.reused_optimizer import reusing

        if self.devices == 1:
            longest = getattr(task, "num_steps", 1)
            recipe = reusing(recipe, model, longest)
        start = [np.array(variable.numpy()) for variable in model.variables]
        short = task.in_full(self.trial_epochs)
        results = {}
        for rate in self.rates:
            tried = dataclasses.replace(recipe, learning_rate=float(rate))
            try:
                history = short.fit(model, seed, tried)
            except NonFiniteLoss:
                history = None
            for variable, value in zip(model.variables, start):
                variable.assign(value)
            quality = _quality(short, history)
            if quality is not None:
                results[rate] = quality
        if not results:
            raise NonFiniteLoss(
                f"Expected a finite loss at one of the learning rates "
                f"{self.rates}. Received: none"
            )
        best = max(results, key=results.get)
        return dataclasses.replace(recipe, learning_rate=float(best))


def _quality(task, history):
    """Returns numbers that are larger for a better trial, None for a failed."""
    if history is None:
        return None
    loss = history["val_loss"][-1]
    reward = task.reward(history)
    finite = math.isfinite(reward) and math.isfinite(loss)
    return (reward, -loss) if finite else None


make = Tuned
