"""Any update rule of the search's language as an optimizer.

Bello et al. 2017, "Neural Optimizer Search with Reinforcement Learning",
section 4.
"""

import keras
from keras import ops

from nas_tf import checks
from nas_tf.errors import UsageError
from nas_tf.optimizers import averages
from nas_tf.optimizers import random_numbers
from nas_tf.optimizers import rule_functions
from nas_tf.optimizers.decays import annealed_deviation
from nas_tf.optimizers.sign_optimizer import rate
from nas_tf.specs.update_rule import ANNEALED
from nas_tf.specs.update_rule import KNOWN
from nas_tf.specs.update_rule import LEFT
from nas_tf.specs.update_rule import UpdateRuleSpec
from nas_tf.specs.update_rule import result

# Which averages an operand needs.
READ = {
    "m": ("m",),
    "sign(m)": ("m",),
    "v": ("v",),
    "gamma": ("gamma",),
    "adam": ("m", "v"),
    "rmsprop": ("mean_square",),
}
POWERS = {"m": 1, "v": 2, "gamma": 3, "mean_square": 2}


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
        update = _Step(self, index, gradient, weights).update()
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


class _Step:
    """The values of one step for one variable, each computed once.

    Args:
        optimizer: `UpdateRule`.
        index: Number of the variable.
        gradient: Its gradient.
        weights: Its values before the step.
    """

    def __init__(self, optimizer, index, gradient, weights):
        self._optimizer = optimizer
        self._option = optimizer.option
        self._index = index
        self._g = gradient
        self._w = weights
        self._step = optimizer.iterations
        self._values = {}

    def update(self):
        """Updates the averages and returns the result of the last group."""
        spec = self._optimizer.spec
        # All averages move before one is read.
        self._averages = {
            average: self._moved(average)
            for average in POWERS
            if self._keeps(average)
        }
        for number, (group, alive) in enumerate(
            zip(spec.groups, spec.alive), 1
        ):
            if alive:
                self._values[result(number)] = self._of(group, number)
        return self._values[result(len(spec.groups))]

    def _of(self, group, number):
        x = self._applied(group.left_function, group.left, f"left {number}")
        if group.combination == LEFT:
            return x
        y = self._applied(group.right_function, group.right, f"right {number}")
        return rule_functions.combined(group.combination, x, y)

    def _applied(self, function, operand, place):
        return rule_functions.applied(
            function,
            self._operand(operand),
            lambda: self._draw(random_numbers.uniform, place),
            self._option("rescale_dropped"),
        )

    def _draw(self, function, place):
        numbers = function(
            tuple(self._w.shape),
            self._option("seed"),
            f"{self._index} {place}",
            self._step,
        )
        return ops.cast(numbers, self._w.dtype)

    def _operand(self, name):
        if name not in self._values:
            self._values[name] = self._computed(name)
        return self._values[name]

    def _computed(self, name):
        if name in ("1", "2"):
            return ops.full_like(self._w, float(name))
        if name.endswith("*w"):
            return ops.multiply(float(name.removesuffix("*w")), self._w)
        if name in ("g", "g**2", "g**3"):
            return _power(self._g, int(name.removeprefix("g")[2:] or 1))
        if name == "sign(g)":
            return ops.sign(self._g)
        if name == "sign(m)":
            return ops.sign(self._averages["m"])
        if name in ("m", "v", "gamma"):
            return self._corrected(name)
        if name == "adam":
            return self._adam()
        if name == "rmsprop":
            mean = ops.add(
                self._averages["mean_square"], self._option("epsilon")
            )
            return ops.divide(self._g, ops.sqrt(mean))
        if name == "noise":
            noise = self._draw(random_numbers.normal, name)
            return ops.multiply(self._option("noise"), noise)
        if name == ANNEALED:
            noise = self._draw(random_numbers.normal, name)
            deviation = annealed_deviation(self._step)
            return ops.multiply(ops.cast(deviation, self._w.dtype), noise)
        schedule = rule_functions.decay(name, self._option("decay_steps"))
        value = ops.cast(schedule(self._step), self._w.dtype)
        return ops.multiply(value, ops.ones_like(self._w))

    def _adam(self):
        # As Keras computes it. With another place for epsilon the first steps
        # of small gradients would differ.
        first, second = self._correction("m"), self._correction("v")
        square = ops.sqrt(self._averages["v"])
        denominator = ops.add(square, self._option("epsilon"))
        scale = ops.divide(ops.sqrt(second), first)
        return ops.divide(ops.multiply(self._averages["m"], scale), denominator)

    def _keeps(self, average):
        return getattr(self._optimizer, f"_{average}") is not None

    def _moved(self, average):
        kept = getattr(self._optimizer, f"_{average}")[self._index]
        value = _power(self._g, POWERS[average])
        averages.move(self._optimizer, kept, value, self._beta(average))
        return ops.convert_to_tensor(kept)

    def _beta(self, average):
        names = {"m": "beta_1", "v": "beta_2", "gamma": "beta_3"}
        return self._option(names.get(average, "rho"))

    def _corrected(self, average):
        value = self._averages[average]
        if not self._option("bias_correction"):
            return value
        return ops.divide(value, self._correction(average))

    def _correction(self, average):
        """Returns one minus the average's decay to the number of steps."""
        count = ops.cast(ops.add(self._step, 1), self._w.dtype)
        beta = ops.cast(self._beta(average), self._w.dtype)
        return ops.subtract(1.0, ops.power(beta, count))


def _power(x, exponent):
    product = x
    for _ in range(exponent - 1):
        product = ops.multiply(product, x)
    return product


def _spec(spec):
    if isinstance(spec, UpdateRuleSpec):
        return spec
    if isinstance(spec, str):
        checks.one_of({"spec": spec}, "spec", tuple(KNOWN))
        return KNOWN[spec]
    return UpdateRuleSpec.from_json(spec)
