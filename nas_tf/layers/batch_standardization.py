"""Batch normalization by the statistics of the batch, always."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="nas_tf")
class BatchStandardization(keras.layers.Layer):
    """Gives each channel of a batch the mean 0 and the variance 1.

    It has no weights and no moving averages, in training and outside of it.
    Networks that share weights need this: averages over many architectures
    are those of none of them, and rank architectures badly. Nothing is
    assigned, so it can be part of a branch that is not always computed.

    Args:
        epsilon: Number added to the variance, > 0. Default: 0.001.

    Call arguments:
        inputs: `[B, ..., channels]`.

    Returns:
        A tensor of the same shape.
    """

    def __init__(self, epsilon=1e-3, **kwargs):
        super().__init__(**kwargs)
        self.epsilon = epsilon

    def call(self, inputs):
        axes = list(range(len(inputs.shape) - 1))
        mean, variance = ops.moments(inputs, axes)
        return ops.batch_normalization(
            inputs, mean, variance, axis=-1, epsilon=self.epsilon
        )

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "epsilon": self.epsilon}
