"""Layers of networks of ENAS's macro space, which share their weights."""

import keras
import numpy as np
from keras import ops

from nas_tf.layers.shared_operation import SharedOperation
from nas_tf.specs.macro_stack import branch


@keras.saving.register_keras_serializable(package="nas_tf")
class SharedMacroOperation(SharedOperation):
    """Applies one of the operations of a layer; see `SharedOperation`.

    Each has weights of its own, the 1x1 convolution before it included.
    """

    apply = staticmethod(branch)


@keras.saving.register_keras_serializable(package="nas_tf")
class SharedSum(keras.layers.Layer):
    """Adds those of some tensors that the bits of an action stand for.

    Args:
        column: Number of the action. Its bit j, worth 2^j, is 1 if the j-th
            tensor is added.

    Call arguments:
        inputs: List of at most 31 tensors `[B, ...]`, of one more, which
            always is a part of the sum, and of the actions `[T]` int32.

    Returns:
        `[B, ...]`.
    """

    def __init__(self, column, **kwargs):
        super().__init__(**kwargs)
        self.column = column

    def call(self, inputs):
        *nodes, x, actions = inputs
        powers = np.array([1 << j for j in range(len(nodes))], "int32")
        bits = ops.mod(ops.floor_divide(actions[self.column], powers), 2)
        bits = ops.cast(bits, x.dtype)
        for j, node in enumerate(nodes):
            x = x + bits[j] * node
        return x

    def compute_output_shape(self, input_shape):
        return input_shape[-2]

    def get_config(self):
        return {**super().get_config(), "column": self.column}
