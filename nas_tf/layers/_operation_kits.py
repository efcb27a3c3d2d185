"""Kits for an operation whose weights are kept in rows, one for each state.

`nas_tf.specs.cell_stack.operated` says by a kit which layers an operation has:
one kit makes their weights, the other computes with them.
"""

import keras
from keras import ops

from nas_tf.layers.batch_statistics import normalized


class Making:
    """A kit that makes the weights of an operation; a tensor is its depth."""

    def __init__(self, layer, count):
        self.layer = layer
        self.count = count

    def depth(self, x):
        return x

    def conv(self, x, filters, kernel, stride, title, dilation=1):
        self._add(f"{title}_conv", [(*kernel, x, filters)], [_he_normal])
        return filters

    def separable(self, x, filters, side, stride, title):
        shapes = [(side, side, x, 1), (1, 1, x, filters)]
        self._add(f"{title}_conv", shapes, [_he_normal] * 2)
        return filters

    def batch_norm(self, x, title):
        if self.layer.affine:
            makers = [keras.initializers.Ones, keras.initializers.Zeros]
            self._add(f"{title}_batch_norm", [(x,)] * 2, makers)
        return x

    def _add(self, *arguments):
        name, shapes, initializers = arguments
        self.layer.add_stack(name, self.count, shapes, initializers)

    def relu(self, x, title):
        return x

    def every(self, x, stride, title):
        return x

    def max_pool(self, x, window, stride, title):
        return x

    def average_pool(self, x, window, stride, title):
        return x


class Using:
    """A kit that computes an operation by the weights of one state."""

    def __init__(self, epsilon, weights):
        self.epsilon = epsilon
        self.weights = weights

    def depth(self, x):
        return x.shape[-1]

    def conv(self, x, filters, kernel, stride, title, dilation=1):
        (weights,) = self.weights[f"{title}_conv"]
        return ops.conv(
            x, weights, stride, padding="same", dilation_rate=dilation
        )

    def separable(self, x, filters, side, stride, title):
        depthwise, pointwise = self.weights[f"{title}_conv"]
        return ops.separable_conv(
            x, depthwise, pointwise, stride, padding="same"
        )

    def batch_norm(self, x, title):
        affine = self.weights.get(f"{title}_batch_norm", ())
        return normalized(x, self.epsilon, *affine)

    def relu(self, x, title):
        return ops.relu(x)

    def every(self, x, stride, title):
        return x

    def max_pool(self, x, window, stride, title):
        return ops.max_pool(x, window, stride, padding="same")

    def average_pool(self, x, window, stride, title):
        return ops.average_pool(x, window, stride, padding="same")


def _he_normal():
    return keras.initializers.HeNormal()
