"""What PowerSign and AddSign share: signs that agree or disagree.

Bello et al. 2017, "Neural Optimizer Search with Reinforcement Learning",
section 5.
"""

import abc

import keras
from keras import ops

from nas_tf import checks
from nas_tf.optimizers import averages


class SignOptimizer(keras.optimizers.Optimizer, abc.ABC):
    """Steps that are longer where a gradient agrees with its average.

    The average m of the gradients g is updated first. Each weight's step is
    then a function of g and of f(t) sign(g) sign(m). f is the decay of signs, 1
    without one, and t is the number of steps before this one. The sign of 0 is
    0.

    Args:
        learning_rate: Number > 0, or a `LearningRateSchedule`.
        beta: Decay of the average of gradients, in [0, 1).
        sign_decay: f, a `LearningRateSchedule` or another function of the
            step; None for 1.
        **kwargs: The arguments of every Keras optimizer, such as `clipnorm`,
            `weight_decay` and `gradient_accumulation_steps`. The decay of
            weights does not depend on signs.
    """

    def __init__(self, learning_rate, beta, sign_decay, **kwargs):
        given = {"beta": beta, "sign_decay": sign_decay}
        checks.number(given, "beta", minimum=0, below=1)
        good = sign_decay is None or callable(sign_decay)
        checks.check(given, "sign_decay", good, "None or a function of a step")
        super().__init__(rate(learning_rate), **kwargs)
        self.beta = beta
        self.sign_decay = sign_decay

    @abc.abstractmethod
    def scaled(self, gradient, agreement):
        """Returns the step of a gradient, without the learning rate.

        Args:
            gradient: g, a tensor.
            agreement: f(t) sign(g) sign(m), a tensor of the same shape.
        """

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self._momentums = averages.make(self, variables, "momentum")

    def update_step(self, gradient, variable, learning_rate):
        momentum = self._momentums[self._get_variable_index(variable)]
        gradient = averages.dense(gradient, momentum.dtype)
        averages.move(self, momentum, gradient, self.beta)
        agreement = ops.multiply(ops.sign(gradient), ops.sign(momentum))
        if self.sign_decay is not None:
            decay = ops.cast(self.sign_decay(self.iterations), momentum.dtype)
            agreement = ops.multiply(decay, agreement)
        step = ops.multiply(
            ops.cast(learning_rate, momentum.dtype),
            self.scaled(gradient, agreement),
        )
        self.assign_sub(variable, ops.cast(step, variable.dtype))

    def get_config(self):
        decay = self.sign_decay
        if decay is not None:
            decay = keras.saving.serialize_keras_object(decay)
        return {
            **super().get_config(),
            "beta": self.beta,
            "sign_decay": decay,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = dict(config)
        if isinstance(config.get("sign_decay"), dict):
            config["sign_decay"] = keras.saving.deserialize_keras_object(
                config["sign_decay"], custom_objects=custom_objects
            )
        return super().from_config(config, custom_objects)


def rate(learning_rate):
    """Returns a learning rate as Keras's optimizers take it.

    They refuse whole numbers, such as 1.

    Args:
        learning_rate: Number > 0, or a function or schedule.

    Raises:
        UsageError: For a number of 0 or less, or another value.
    """
    if callable(learning_rate) or isinstance(learning_rate, dict):
        return learning_rate
    given = {"learning_rate": learning_rate}
    checks.number(given, "learning_rate", minimum=0)
    return float(learning_rate)
