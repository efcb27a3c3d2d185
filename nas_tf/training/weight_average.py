"""Averages of a model's weights over the steps of its training."""

import contextlib

import keras
import numpy as np
from keras import ops


class WeightAverage:
    """Exponential moving averages, which are evaluated in place of the weights.

    After step n, counted from 1, an average becomes `m * average + (1 - m) *
    weight`, where m is the smaller of `momentum` and `n / (9 + n)`. A training
    that is short beside `1 / (1 - momentum)` steps has thus averages of its own
    last steps, not of its initial weights. This is what the authors of NASNet
    used (`tf.train.ExponentialMovingAverage` with `num_updates`).

    Moving means and variances of batch normalization are weights too, and are
    averaged alike, so that they belong to the averaged network. Keras's own
    `use_ema` of optimizers leaves them as they are.

    Args:
        model: Built `keras.Model`.
        momentum: Share in (0, 1) of an average that a step keeps.

    Attributes:
        variables: The averages, and the number of steps. A training that is
            resumed needs them.
    """

    def __init__(self, model, momentum):
        self._momentum = momentum
        self._weights = [
            weight
            for weight in model.weights
            if keras.backend.is_float_dtype(weight.dtype)
        ]
        self._averages = [
            keras.Variable(value, dtype=weight.dtype, trainable=False)
            for weight, value in zip(
                self._weights, _values(self._weights), strict=True
            )
        ]
        self._steps = keras.Variable(0.0, dtype="float32", trainable=False)
        self.variables = [*self._averages, self._steps]

    def follow(self, update=None):
        """Updates the averages after a step of the optimizer.

        Args:
            update: Function of an average, a weight and the share of the weight
                that updates the average. Default: None, for `assign`.
        """
        steps = ops.add(self._steps, 1.0)
        kept = ops.minimum(self._momentum, steps / (9.0 + steps))
        for average, weight in zip(self._averages, self._weights):
            (update or _update)(average, weight, 1 - kept)
        self._steps.assign(steps)

    @contextlib.contextmanager
    def applied(self):
        """Context in which the model has the averages as its weights."""
        own = _values(self._weights)
        self.apply()
        try:
            yield
        finally:
            _assign(self._weights, own)

    def apply(self):
        """Sets the model's weights to the averages."""
        _assign(self._weights, _values(self._averages))


def moved(average, weight, share):
    """Returns the value of an average, moved towards a weight."""
    return average + share * (weight - average)


def _update(average, weight, share):
    average.assign(moved(average.value, weight.value, share))


def _values(variables):
    # Copies, since on PyTorch an array is the memory of its tensor.
    return [np.array(ops.convert_to_numpy(variable)) for variable in variables]


def _assign(variables, values):
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
