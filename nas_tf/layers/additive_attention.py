"""Attention of one hidden layer, as Google's translator has it."""

import math

import keras
from keras import ops

from nas_tf.layers.matrices import times_matrix


@keras.saving.register_keras_serializable(package="nas_tf")
class AdditiveAttention(keras.layers.Layer):
    """Additive attention (Bahdanau et al. 2015, appendix A.1.2), normed.

    The score of a query q and a place of the memory m is

        g v / |v| . tanh(q W_q + m W_m + b)

    with a scale g and a bias b (Salimans & Kingma 2016, "Weight
    Normalization"), as `normed_bahdanau` of TensorFlow 1. The weights are the
    softmax of the scores over the places that count, and the context is the sum
    of the memory with these weights.

    Args:
        units: Size of the hidden layer, at least 1.
        initializer: Keras initializer of W_q, W_m and v. g is at first
            `1 / sqrt(units)` and b is 0. Default: "glorot_uniform".

    Call arguments:
        query: `[B, q]`, or `[B, T, q]` for several at once.
        keys: `[B, S, units]`, the products `m W_m`, see `keys`.
        memory: `[B, S, m]`.
        mask: `[B, S]` booleans, False where a place does not count.

    Returns:
        The context `[B, m]` and the weights `[B, S]`, or `[B, T, m]` and
        `[B, T, S]`. Weights are 0 where the mask is False, as long as it is
        True somewhere.
    """

    def __init__(self, units, initializer="glorot_uniform", **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.initializer = keras.initializers.get(initializer)

    def build(self, query_shape, memory_shape):
        for name, shape in (
            ("query_kernel", (query_shape[-1], self.units)),
            ("memory_kernel", (memory_shape[-1], self.units)),
            ("vector", (self.units,)),
        ):
            # An initializer repeats its values.
            weight = self.add_weight(
                shape=shape, initializer=self.initializer.clone(), name=name
            )
            setattr(self, name, weight)
        self.scale = self.add_weight(
            shape=(),
            initializer=keras.initializers.Constant(1 / math.sqrt(self.units)),
            name="scale",
        )
        self.bias = self.add_weight(
            shape=(self.units,), initializer="zeros", name="bias"
        )

    def keys(self, memory):
        """Returns the part of the scores that no query changes.

        Args:
            memory: `[B, S, m]`.

        Returns:
            `[B, S, units]`.
        """
        return times_matrix(memory, _tensor(self.memory_kernel, memory))

    def call(self, query, keys, memory, mask):
        several = len(query.shape) == 3
        if not several:
            query = ops.expand_dims(query, 1)
        asked = times_matrix(query, _tensor(self.query_kernel, query))
        asked = asked + _tensor(self.bias, query)
        hidden = ops.tanh(ops.expand_dims(asked, 2) + ops.expand_dims(keys, 1))
        vector = ops.convert_to_tensor(self.vector)
        vector = self.scale * vector / ops.sqrt(ops.sum(ops.square(vector)))
        scores = ops.sum(hidden * ops.cast(vector, hidden.dtype), axis=-1)
        scores = ops.cast(scores, "float32")
        mask = ops.expand_dims(mask, 1)
        weights = ops.softmax(ops.where(mask, scores, -1e9), axis=-1)
        weights = ops.cast(weights, memory.dtype)
        context = ops.matmul(weights, memory)
        if several:
            return context, weights
        return ops.squeeze(context, 1), ops.squeeze(weights, 1)

    def get_config(self):
        initializer = keras.initializers.serialize(self.initializer)
        return {
            **super().get_config(),
            "units": self.units,
            "initializer": initializer,
        }


def _tensor(weight, like):
    return ops.cast(ops.convert_to_tensor(weight), like.dtype)
