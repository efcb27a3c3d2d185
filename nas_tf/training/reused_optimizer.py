"""One optimizer for several trainings of a model at different rates."""

import dataclasses

import keras
import numpy as np
from keras import ops


def reusing(recipe, model, longest):
    """Returns a recipe whose optimizer is made once and then reset.

    With `kept_engines.keeping` a step is then traced once for all trainings,
    of which there may be one at a time. On JAX, whose steps are functions of
    the optimizer's variables alone, an optimizer is made for each training.

    Args:
        recipe: `Recipe`.
        model: The built `keras.Model` that is trained.
        longest: Number of steps of the longest training, at least 1. A longer
            one is traced again.
    """
    if recipe.optimizer is None or keras.backend.backend() == "jax":
        return recipe
    return dataclasses.replace(
        recipe,
        optimizer=_Reused(recipe, model, longest),
        counts_steps=True,
    )


class _Reused:
    """Makes one optimizer for each kind of training.

    Args:
        recipe: `Recipe` with an optimizer.
        model: The model.
        longest: Number of steps of the longest training.
    """

    def __init__(self, recipe, model, longest):
        self._recipe = recipe
        self._model = model
        self._longest = longest
        self._made = {}

    def __call__(self, rate, num_steps):
        kind = num_steps if self._recipe.counts_steps else None
        scheduled = callable(rate)
        found = self._made.get((kind, scheduled))
        if found is None or (scheduled and not found.schedule.holds(num_steps)):
            size = max(num_steps, self._longest)
            schedule = _Table(size) if scheduled else None
            optimizer = self._recipe.make_optimizer(schedule or rate, num_steps)
            optimizer.build(self._model.trainable_variables)
            found = _Made(optimizer, schedule)
            self._made[kind, scheduled] = found
        return found.reset(rate, num_steps)


class _Made:
    def __init__(self, optimizer, schedule):
        self.schedule = schedule
        self._optimizer = optimizer
        self._values = [np.array(v.numpy()) for v in optimizer.variables]

    def reset(self, rate, num_steps):
        """Returns the optimizer as it was made, with another rate."""
        optimizer = self._optimizer
        for variable, value in zip(optimizer.variables, self._values):
            variable.assign(value)
        if self.schedule is None:
            optimizer.learning_rate = rate
        else:
            self.schedule.set(rate, num_steps)
        return optimizer


class _Table(keras.optimizers.schedules.LearningRateSchedule):
    """The rates of all steps of a training, which can be replaced."""

    def __init__(self, num_steps):
        super().__init__()
        self._rates = keras.Variable(
            np.zeros(num_steps), trainable=False, dtype="float32"
        )

    def holds(self, num_steps):
        return num_steps <= self._rates.shape[0]

    def set(self, schedule, num_steps):
        steps = np.minimum(np.arange(self._rates.shape[0]), num_steps)
        self._rates.assign(schedule(ops.convert_to_tensor(steps)))

    def __call__(self, step):
        last = self._rates.shape[0] - 1
        return ops.take(self._rates, ops.minimum(ops.cast(step, "int32"), last))

    def get_config(self):
        return {"num_steps": self._rates.shape[0]}
