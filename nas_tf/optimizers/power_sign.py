"""PowerSign, an optimizer found by search (Bello et al. 2017)."""

import math

import keras
from keras import ops

from nas_tf import checks
from nas_tf.optimizers.sign_optimizer import SignOptimizer


@keras.saving.register_keras_serializable(package="nas_tf")
class PowerSign(SignOptimizer):
    """Multiplies the gradient by `base ** (f(t) * sign(g) * sign(m))`.

    m = beta m + (1 - beta) g is the average of the gradients, and w becomes
    w - learning_rate * base ** (f(t) sign(g) sign(m)) * g. A gradient that
    agrees with its average is multiplied by the base, one that disagrees is
    divided by it (section 5 of the paper, `tf.contrib.opt.PowerSignOptimizer`
    of TensorFlow 1).

    Args:
        learning_rate: Number > 0, or a `LearningRateSchedule`. Default: 0.1.
        base: Number > 0. Default: e.
        beta: Decay of the average, in [0, 1). Default: 0.9.
        sign_decay: f, a schedule such as `nas_tf.optimizers.LinearDecay` or
            another function of the step, which counts from 0. Default: None,
            for f = 1.
        name: Name of the optimizer. Default: "power_sign".
        **kwargs: The arguments of every Keras optimizer: `weight_decay`,
            `clipnorm`, `clipvalue`, `global_clipnorm`, `use_ema`,
            `ema_momentum`, `ema_overwrite_frequency`, `loss_scale_factor`,
            `gradient_accumulation_steps`.

    Raises:
        UsageError: For values outside those ranges.
    """

    def __init__(
        self,
        learning_rate=0.1,
        base=math.e,
        beta=0.9,
        sign_decay=None,
        name="power_sign",
        **kwargs,
    ):
        checks.number({"base": base}, "base", above=0)
        super().__init__(learning_rate, beta, sign_decay, name=name, **kwargs)
        self.base = base

    def scaled(self, gradient, agreement):
        factor = ops.exp(ops.multiply(math.log(self.base), agreement))
        return ops.multiply(factor, gradient)

    def get_config(self):
        return {**super().get_config(), "base": self.base}
