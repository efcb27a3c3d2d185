"""Any update rule of the search's language as an optimizer.

Bello et al. 2017, "Neural Optimizer Search with Reinforcement Learning",
section 4.
"""

import keras
from keras import ops

from nas_tf import checks
from nas_tf.errors import UsageError
from nas_tf.optimizers import averages
from nas_tf.optimizers._rule_step import POWERS
from nas_tf.optimizers._rule_step import Step
from nas_tf.optimizers.sign_optimizer import rate
from nas_tf.specs.update_rule import KNOWN
from nas_tf.specs.update_rule import UpdateRuleSpec

# Which averages an operand needs.
READ = {
    "m": ("m",),
    "sign(m)": ("m",),
    "v": ("v",),
    "gamma": ("gamma",),
    "adam": ("m", "v"),
    "rmsprop": ("mean_square",),
}


@keras.saving.register_keras_serializable(package="nas_tf")
class UpdateRule(keras.optimizers.Optimizer):
    """An optimizer whose update is a sentence of the language.

    A weight w becomes w - learning_rate * u, where u is the spec's formula of
    the gradient g, the weight and moving averages. Only averages that the
    formula reads are kept. It is computed in float32 or the type of the
    weight, whichever is larger. Where a formula has no value, such as a
    logarithm of 0, the weight becomes infinite or NaN.

    Operands as in the search: m, v and gamma are averages of g, g**2 and g**3,
    corrected for their start at 0; "adam" is m / (sqrt(v) + epsilon) as Keras's
    Adam computes it; "rmsprop" is g / sqrt(s + epsilon), where s is a moving
    average of g**2 without correction, as Keras's RMSprop computes it.

    Args:
        spec: `nas_tf.specs.update_rule.UpdateRuleSpec`, what its `to_json`
            returns, or a name of `nas_tf.specs.update_rule.KNOWN`, such as
            "power_sign".
        learning_rate: Number > 0, or a `LearningRateSchedule`. None (default)
            for the spec's own, 0.01 if it has none.
        decay_steps: Number of steps of the training, at least 1, for the
            operands "ld", "cd_N" and "rd_N". Default: None; a formula with
            such operands needs it.
        beta_1: Decay of m, in [0, 1). Default: 0.9.
        beta_2: Decay of v, in [0, 1). Default: 0.999.
        beta_3: Decay of gamma, in [0, 1). Default: 0.999.
        rho: Decay of the average of "rmsprop", in [0, 1). Default: 0.9.
        epsilon: See above, > 0. Default: 1e-7.
        bias_correction: Whether m, v and gamma are divided by one minus their
            decay to the power of the number of steps. Default: True.
        noise: Standard deviation of the operand "noise", >= 0. Default: 0.01.
        rescale_dropped: Whether what "drop" keeps is divided by the probability
            to be kept. Default: True.
        seed: Integer >= 0 of noise and dropped entries, which follow from it
            and the step. Default: 0.
        name: Name of the optimizer. Default: "update_rule".
        **kwargs: The arguments of every Keras optimizer, such as `clipnorm`.

    Raises:
        UsageError: For values outside those ranges.
    """

    def __init__(
        self,
        spec,
        learning_rate=None,
        decay_steps=None,
        beta_1=0.9,
        beta_2=0.999,
        beta_3=0.999,
        rho=0.9,
        epsilon=1e-7,
        bias_correction=True,
        noise=0.01,
        rescale_dropped=True,
        seed=0,
        name="update_rule",
        **kwargs,
    ):
        spec = _spec(spec)
        if learning_rate is None:
            learning_rate = spec.learning_rate or 0.01
        given = {
            "decay_steps": decay_steps,
            "beta_1": beta_1,
            "beta_2": beta_2,
            "beta_3": beta_3,
            "rho": rho,
            "epsilon": epsilon,
            "bias_correction": bias_correction,
            "noise": noise,
            "rescale_dropped": rescale_dropped,
            "seed": seed,
        }
        betas = ("beta_1", "beta_2", "beta_3", "rho")
        checks.number(given, *betas, minimum=0, below=1)
        checks.number(given, "epsilon", above=0)
        checks.number(given, "noise", minimum=0)
        checks.boolean(given, "bias_correction", "rescale_dropped")
        checks.whole(given, "seed", minimum=0)
        checks.whole(given, "decay_steps", optional=True)
        if spec.has_decay and decay_steps is None:
            raise UsageError(
                f"Expected `decay_steps`, the number of steps of the training, "
                f"for the rule {spec.formula()}. Received: None"
            )
        super().__init__(rate(learning_rate), name=name, **kwargs)
        self._spec = spec
        self._options = given

    @property
    def spec(self):
        """The rule, an `UpdateRuleSpec`."""
        return self._spec

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        needed = {
            average
            for operand in self._spec.operands
            for average in READ.get(operand, ())
        }
        for average in POWERS:
            kept = None
            if average in needed:
                kept = averages.make(self, variables, average)
            setattr(self, f"_{average}", kept)

    def update_step(self, gradient, variable, learning_rate):
        index = self._get_variable_index(variable)
        dtype = keras.backend.result_type(variable.dtype, "float32")
        gradient = averages.dense(gradient, dtype)
        weights = ops.cast(ops.convert_to_tensor(variable), dtype)
        update = Step(self, index, gradient, weights).update()
        step = ops.multiply(ops.cast(learning_rate, dtype), update)
        self.assign_sub(variable, ops.cast(step, variable.dtype))

    def option(self, name):
        """Returns the value of an argument such as "beta_1"."""
        return self._options[name]

    def get_config(self):
        return {
            **super().get_config(),
            "spec": self._spec.to_json(),
            **self._options,
        }


def _spec(spec):
    if isinstance(spec, UpdateRuleSpec):
        return spec
    if isinstance(spec, str):
        checks.one_of({"spec": spec}, "spec", tuple(KNOWN))
        return KNOWN[spec]
    return UpdateRuleSpec.from_json(spec)
