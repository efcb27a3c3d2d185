"""Adam for weights that are not used in every step."""

import keras
from keras import ops


class SparseAdam(keras.optimizers.Optimizer):
    """Adam (Kingma & Ba 2015) that leaves alone what a step does not use.

    A number whose gradient is exactly 0 keeps its value and its mean gradient
    m, and is not decayed. Its mean square v goes on, so it is a mean over all
    steps: a weight that is used in one step of five moves by steps that are
    about sqrt(5) times longer, which makes up for part of those it misses.

        m = beta_1 m + (1 - beta_1) g       where g is not 0
        v = beta_2 v + (1 - beta_2) g^2
        w = w - rate (m / (sqrt(v / (1 - beta_2^t)) + epsilon) + decay w)
                                            where g is not 0

    m is not divided by `1 - beta_1^t`, as it has not seen t gradients. So the
    first steps are shorter.

    Args:
        learning_rate: Number > 0, or a schedule of Keras.
        beta_1: Decay of m, in [0, 1). Default: 0.9.
        beta_2: Decay of v, in [0, 1). Default: 0.999.
        epsilon: Number added to the root, > 0. Default: 1e-7.
        decay: Decoupled weight decay, >= 0. Default: 0.
        **kwargs: See `keras.optimizers.Optimizer`, such as `global_clipnorm`.
    """

    def __init__(
        self,
        learning_rate,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-7,
        decay=0.0,
        **kwargs,
    ):
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.decay = decay

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self.means, self.squares = (
            [self.add_variable_from_reference(v, name=name) for v in variables]
            for name in ("mean", "square")
        )

    def update_step(self, gradient, variable, learning_rate):
        rate = ops.cast(learning_rate, variable.dtype)
        gradient = ops.cast(gradient, variable.dtype)
        number = self._get_variable_index(variable)
        before = ops.convert_to_tensor(self.means[number])
        mean = self.beta_1 * before + (1 - self.beta_1) * gradient
        square = self.beta_2 * ops.convert_to_tensor(self.squares[number])
        square = square + (1 - self.beta_2) * ops.square(gradient)
        count = ops.cast(self.iterations + 1, variable.dtype)
        bias = 1 - ops.power(ops.cast(self.beta_2, variable.dtype), count)
        step = mean / (ops.sqrt(square / bias) + self.epsilon)
        step = step + self.decay * ops.convert_to_tensor(variable)
        used = ops.not_equal(gradient, 0)
        self.assign(self.means[number], ops.where(used, mean, before))
        self.assign(self.squares[number], square)
        self.assign_sub(
            variable, ops.where(used, rate * step, ops.zeros_like(step))
        )
