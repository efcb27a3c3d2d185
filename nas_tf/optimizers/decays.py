"""Decays of Neural Optimizer Search (Bello et al. 2017) as Keras schedules.

A decay of signs is a function f of the step t with f(0) = 1 that PowerSign and
AddSign multiply the product of signs with. T is its number of steps. After T
steps it keeps its last value.

The formulas are those of `tf.contrib.opt`, TensorFlow 1.
"""

import math

import keras
from keras import ops

from nas_tf import checks
from nas_tf.optimizers import random_numbers

PACKAGE = "nas_tf"
# Exponent of the variance of annealed noise (Neelakantan et al. 2015).
ANNEALING = 0.55


class Decay(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule over a number of steps.

    Args:
        decay_steps: T, a whole number of at least 1.

    Raises:
        UsageError: If it is not.
    """

    def __init__(self, decay_steps):
        super().__init__()
        self.decay_steps = decay_steps
        checks.whole(self, "decay_steps")

    def share(self, step):
        """Returns t / T of a step, a float32 scalar in [0, 1]."""
        step = ops.cast(step, "float32")
        return ops.minimum(step / self.decay_steps, 1.0)

    def get_config(self):
        return {"decay_steps": self.decay_steps}


@keras.saving.register_keras_serializable(package=PACKAGE)
class LinearDecay(Decay):
    """1 - t / T, from 1 to 0; `get_linear_decay_fn` of TensorFlow 1.

    Args:
        decay_steps: T, a whole number of at least 1.
    """

    def __call__(self, step):
        return 1.0 - self.share(step)


class _Periodic(Decay):
    """A decay with periods.

    Args:
        decay_steps: T, a whole number of at least 1.
        num_periods: n, the number of periods in T steps, > 0.
        zero_after: Number of periods, > 0, after which the decay is 0, or None
            (default) for never.
    """

    def __init__(self, decay_steps, num_periods, zero_after=None):
        super().__init__(decay_steps)
        self.num_periods = num_periods
        self.zero_after = zero_after
        checks.number(self, "num_periods", above=0)
        checks.number(self, "zero_after", above=0, optional=True)

    def __call__(self, step):
        value = self.value(step)
        if self.zero_after is None:
            return value
        periods = self.num_periods * self.share(step)
        return ops.where(periods >= self.zero_after, 0.0, value)

    def get_config(self):
        return {
            **super().get_config(),
            "num_periods": self.num_periods,
            "zero_after": self.zero_after,
        }


@keras.saving.register_keras_serializable(package=PACKAGE)
class CosineDecay(_Periodic):
    """0.5 (1 + cos(2 pi n t / T)); `get_cosine_decay_fn` of TensorFlow 1.

    With half a period, the default, it falls from 1 to 0.

    Args:
        decay_steps: T, a whole number of at least 1.
        num_periods: n, the number of periods in T steps, > 0. Default: 0.5.
        zero_after: Number of periods, > 0, after which the decay is 0, or None
            (default) for never.
    """

    def __init__(self, decay_steps, num_periods=0.5, zero_after=None):
        super().__init__(decay_steps, num_periods, zero_after)

    def value(self, step):
        periods = self.num_periods * self.share(step)
        return 0.5 * (1.0 + ops.cos(2.0 * math.pi * periods))


@keras.saving.register_keras_serializable(package=PACKAGE)
class RestartDecay(_Periodic):
    """0.5 (1 + cos(pi (n t mod T) / T)), which starts anew n times.

    It is `get_restart_decay_fn` of TensorFlow 1 (after Loshchilov & Hutter
    2017). Like there, it is 1 again at the end, t = T.

    Args:
        decay_steps: T, a whole number of at least 1.
        num_periods: n, the number of periods in T steps, > 0. Default: 1.
        zero_after: Number of periods, > 0, after which the decay is 0, or None
            (default) for never.
    """

    def __init__(self, decay_steps, num_periods=1, zero_after=None):
        super().__init__(decay_steps, num_periods, zero_after)

    def value(self, step):
        # The remainder of whole numbers has no rounding error, unlike that of
        # a share.
        step = ops.minimum(ops.cast(step, "float32"), float(self.decay_steps))
        steps = ops.mod(step * self.num_periods, float(self.decay_steps))
        return 0.5 * (1.0 + ops.cos(math.pi * steps / self.decay_steps))


@keras.saving.register_keras_serializable(package=PACKAGE)
class AnnealedNoise(keras.optimizers.schedules.LearningRateSchedule):
    """Normal noise of mean 0 and variance v / (1 + t)^0.55.

    After Neelakantan et al. 2015, "Adding Gradient Noise Improves Learning for
    Very Deep Networks".

    Args:
        initial_variance: v, >= 0. Default: 1.
        seed: Integer; the noise of a step follows from it and the step.
            Default: 0.
    """

    def __init__(self, initial_variance=1.0, seed=0):
        super().__init__()
        self.initial_variance = initial_variance
        self.seed = seed
        checks.number(self, "initial_variance", minimum=0)
        checks.whole(self, "seed", minimum=0)

    def __call__(self, step):
        deviation = math.sqrt(self.initial_variance) * annealed_deviation(step)
        return deviation * random_numbers.normal((), self.seed, "noise", step)

    def get_config(self):
        return {"initial_variance": self.initial_variance, "seed": self.seed}


@keras.saving.register_keras_serializable(package=PACKAGE)
class LinearCosineDecay(Decay):
    """The learning rate lr ((alpha + 1 - t / T) cosine + beta).

    It was found by Bello et al. 2017 and is `linear_cosine_decay` of TensorFlow
    1; with noise, which is added to the linear part, it is
    `noisy_linear_cosine_decay`.

    Args:
        initial_learning_rate: lr, > 0.
        decay_steps: T, a whole number of at least 1.
        num_periods: Number of periods of the cosine in T steps, > 0.
            Default: 0.5.
        alpha: >= 0. Default: 0.
        beta: >= 0. Default: 0.001.
        initial_variance: Variance of the noise at first, see `AnnealedNoise`.
            Default: 0, no noise; TensorFlow's noisy decay has 1.
        seed: Seed of the noise. Default: 0.
    """

    def __init__(
        self,
        initial_learning_rate,
        decay_steps,
        num_periods=0.5,
        alpha=0.0,
        beta=0.001,
        initial_variance=0.0,
        seed=0,
    ):
        super().__init__(decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.alpha = alpha
        self.beta = beta
        checks.number(self, "initial_learning_rate", above=0)
        checks.number(self, "alpha", "beta", minimum=0)
        self._cosine = CosineDecay(decay_steps, num_periods)
        self._noise = AnnealedNoise(initial_variance, seed)

    def __call__(self, step):
        linear = 1.0 - self.share(step)
        if self._noise.initial_variance:
            # As in TensorFlow 1, the noise stays as it is after the last step.
            step = ops.minimum(ops.cast(step, "int32"), self.decay_steps)
            linear += self._noise(step)
        shape = (self.alpha + linear) * self._cosine(step) + self.beta
        return self.initial_learning_rate * shape

    def get_config(self):
        return {
            **super().get_config(),
            **self._noise.get_config(),
            "initial_learning_rate": self.initial_learning_rate,
            "num_periods": self._cosine.num_periods,
            "alpha": self.alpha,
            "beta": self.beta,
        }


def annealed_deviation(step):
    """Returns the standard deviation (1 + t)^-0.275 of a step's noise."""
    return ops.power(1.0 + ops.cast(step, "float32"), -ANNEALING / 2)
