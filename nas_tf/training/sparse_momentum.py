"""Nesterov momentum for weights that are not used in every step."""

import keras
from keras import ops


class SparseMomentum(keras.optimizers.Optimizer):
    """Stochastic gradient descent that leaves alone what a step does not use.

    A number whose gradient is exactly 0 keeps its value and its velocity, and
    is not decayed. So a weight moves only in the steps of architectures that
    use it, and in these it moves as it would if there were no other steps.
    With plain momentum it would also drift in the steps between, with weight
    decay it would shrink in all of them, and Adam would make its rare steps
    larger.

    Args:
        learning_rate: Number > 0, or a schedule of Keras.
        momentum: Nesterov momentum in [0, 1). Default: 0.9.
        decay: Coefficient of the coupled L2 penalty, >= 0: `decay * w` is
            added to the gradient of w, after clipping. Default: 0.
        rest: Whether numbers that a step does not use are left alone.
            Default: True. False for plain momentum.
        **kwargs: See `keras.optimizers.Optimizer`, such as `global_clipnorm`.
    """

    def __init__(
        self, learning_rate, momentum=0.9, decay=0.0, rest=True, **kwargs
    ):
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.momentum = momentum
        self.decay = decay
        self.rest = rest

    def build(self, variables):
        if self.built:
            return
        super().build(variables)
        self.velocities = [
            self.add_variable_from_reference(v, name="velocity")
            for v in variables
        ]

    def update_step(self, gradient, variable, learning_rate):
        rate = ops.cast(learning_rate, variable.dtype)
        gradient = ops.cast(gradient, variable.dtype)
        velocity = self.velocities[self._get_variable_index(variable)]
        before = ops.convert_to_tensor(velocity)
        used = ops.not_equal(gradient, 0)
        gradient = gradient + self.decay * ops.convert_to_tensor(variable)
        after = self.momentum * before - rate * gradient
        step = self.momentum * after - rate * gradient
        if self.rest:
            after = ops.where(used, after, before)
            step = ops.where(used, step, ops.zeros_like(step))
        self.assign(velocity, after)
        self.assign_add(variable, step)
