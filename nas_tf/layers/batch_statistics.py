"""Batch normalization that always normalizes by the batch at hand."""

import keras
from keras import ops


def normalized(x, epsilon, scale=None, offset=None):
    """Returns a tensor with mean 0 and variance 1 per channel.

    Args:
        x: `[B, ..., C]`. Mean and variance are those of its batch.
        epsilon: Number added to the variance, > 0.
        scale: `[C]` to multiply by afterwards, or None (default).
        offset: `[C]` to add afterwards, or None (default).
    """
    axes = list(range(len(x.shape) - 1))
    mean, variance = ops.moments(x, axes)
    return ops.batch_normalization(
        x, mean, variance, -1, offset, scale, epsilon
    )


@keras.saving.register_keras_serializable(package="nas_tf")
class BatchStatistics(keras.layers.Layer):
    """Normalizes by the mean and variance of the batch, also when not training.

    Nothing is remembered: moving averages over the architectures that share
    weights fit none of them (Dong & Yang 2020, section 4). Nothing is assigned
    either, so it can be part of a branch that is not always computed.

    Args:
        epsilon: Number added to the variance, > 0. Default: 0.00001.
        affine: Whether there are a scale and an offset. Default: False.

    Call arguments:
        x: `[B, ..., C]`.

    Returns:
        A tensor of the same shape.
    """

    def __init__(self, epsilon=1e-5, affine=False, **kwargs):
        super().__init__(**kwargs)
        self.epsilon = epsilon
        self.affine = affine

    def build(self, input_shape):
        self.gamma = self.beta = None
        if self.affine:
            shape = (input_shape[-1],)
            self.gamma = self.add_weight(shape, "ones", name="gamma")
            self.beta = self.add_weight(shape, "zeros", name="beta")

    def call(self, x):
        return normalized(x, self.epsilon, self.gamma, self.beta)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        own = {"epsilon": self.epsilon, "affine": self.affine}
        return {**super().get_config(), **own}
