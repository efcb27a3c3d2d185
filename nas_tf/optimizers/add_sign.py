"""AddSign, an optimizer found by search (Bello et al. 2017)."""

import keras
from keras import ops

from nas_tf import checks
from nas_tf.optimizers.sign_optimizer import SignOptimizer


@keras.saving.register_keras_serializable(package="nas_tf")
class AddSign(SignOptimizer):
    """Multiplies the gradient by `alpha + f(t) * sign(g) * sign(m)`.

    m = beta m + (1 - beta) g is the average of the gradients, and w becomes
    w - learning_rate * (alpha + f(t) sign(g) sign(m)) * g. With alpha = 1 a
    gradient that disagrees with its average makes no step (section 5 of the
    paper, `tf.contrib.opt.AddSignOptimizer` of TensorFlow 1).

    Args:
        learning_rate: Number > 0, or a `LearningRateSchedule`. Default: 0.1.
        alpha: Number. Default: 1.
        beta: Decay of the average, in [0, 1). Default: 0.9.
        sign_decay: See `nas_tf.optimizers.PowerSign`. Default: None.
        name: Name of the optimizer. Default: "add_sign".
        **kwargs: See `nas_tf.optimizers.PowerSign`.

    Raises:
        UsageError: For values outside those ranges.
    """

    def __init__(
        self,
        learning_rate=0.1,
        alpha=1.0,
        beta=0.9,
        sign_decay=None,
        name="add_sign",
        **kwargs,
    ):
        checks.number({"alpha": alpha}, "alpha")
        super().__init__(learning_rate, beta, sign_decay, name=name, **kwargs)
        self.alpha = alpha

    def scaled(self, gradient, agreement):
        return ops.multiply(ops.add(self.alpha, agreement), gradient)

    def get_config(self):
        return {**super().get_config(), "alpha": self.alpha}
