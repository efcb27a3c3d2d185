"""One step of an update rule for one variable."""

from keras import ops

from nas_tf.optimizers import averages
from nas_tf.optimizers import random_numbers
from nas_tf.optimizers import rule_functions
from nas_tf.optimizers.decays import annealed_deviation
from nas_tf.specs.update_rule import ANNEALED
from nas_tf.specs.update_rule import LEFT
from nas_tf.specs.update_rule import result

# Of which power of the gradient an average is kept.
POWERS = {"m": 1, "v": 2, "gamma": 3, "mean_square": 2}


class Step:
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
