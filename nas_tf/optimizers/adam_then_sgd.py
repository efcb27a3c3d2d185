"""Adam for the first steps, then gradient descent whose rate is halved.

Translators of Wu et al. 2016, "Google's Neural Machine Translation System",
section 8.4, are trained in this way, and so are those of Zoph & Le 2017.
"""

import keras
from keras import ops

from nas_tf import checks
from nas_tf.optimizers import averages


@keras.saving.register_keras_serializable(package="nas_tf")
class AdamThenSGD(keras.optimizers.Adam):
    """Adam in the first steps, and stochastic gradient descent after them.

    The rate of the descent is halved after `halve_after` steps and every
    `halve_every` steps from there, down to `lowest_rate`.

    Args:
        learning_rate: Rate of Adam, > 0.
        sgd_rate: Rate of the descent at first, > 0.
        adam_steps: Number of steps of Adam, at least 0.
        halve_after: Number of steps before the first halving, at least 0.
        halve_every: Number of steps between halvings, at least 1.
        lowest_rate: The rate of the descent is never lower, in [0, sgd_rate].
            Default: 0.
        **kwargs: The arguments of `keras.optimizers.Adam`, such as
            `global_clipnorm`.

    Raises:
        UsageError: If an argument is out of its range.
    """

    def __init__(
        self,
        learning_rate,
        sgd_rate,
        adam_steps,
        halve_after,
        halve_every,
        lowest_rate=0.0,
        **kwargs,
    ):
        super().__init__(learning_rate, **kwargs)
        self.sgd_rate = sgd_rate
        self.adam_steps = adam_steps
        self.halve_after = halve_after
        self.halve_every = halve_every
        self.lowest_rate = lowest_rate
        checks.number(self, "sgd_rate", above=0)
        checks.number(self, "lowest_rate", minimum=0, maximum=sgd_rate)
        checks.whole(self, "adam_steps", "halve_after", minimum=0)
        checks.whole(self, "halve_every")

    def rate_of_descent(self, step):
        """Returns the rate after a number of steps, a float32 scalar."""
        behind = ops.cast(step, "float32") - self.halve_after
        halvings = ops.maximum(ops.floor(behind / self.halve_every) + 1, 0.0)
        rate = self.sgd_rate * ops.power(0.5, halvings)
        return ops.maximum(rate, self.lowest_rate)

    def update_step(self, gradient, variable, learning_rate):
        dtype = variable.dtype
        gradient = averages.dense(gradient, dtype)
        before = ops.copy(ops.convert_to_tensor(variable))
        is_adam = ops.less(self.iterations, self.adam_steps)
        rate = ops.cast(self.rate_of_descent(self.iterations), dtype)
        super().update_step(gradient, variable, learning_rate)
        adam = ops.convert_to_tensor(variable)
        self.assign(
            variable, ops.where(is_adam, adam, before - rate * gradient)
        )

    def get_config(self):
        return {
            **super().get_config(),
            "sgd_rate": self.sgd_rate,
            "adam_steps": self.adam_steps,
            "halve_after": self.halve_after,
            "halve_every": self.halve_every,
            "lowest_rate": self.lowest_rate,
        }
