"""Dropout of whole symbols, a layer without weights."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="nas_tf")
class WordDropout(keras.layers.Layer):
    """Drops symbols at all their places in a sequence, or at none.

    That is dropout of rows of the embedding matrix, drawn anew for each
    sequence (Gal & Ghahramani 2016, section 4.2). What is kept is divided by
    `1 - rate`.

    Args:
        num_symbols: Size of the vocabulary, at least 1.
        rate: Share of the symbols dropped in training, in [0, 1).
        seed: Integer, or None (default).

    Call arguments:
        embedded: `[B, T, d]`, the embedded symbols; the output has the same
            shape.
        tokens: `[B, T]` integers, their numbers.
        training: Whether to drop anything. Default: False.
    """

    def __init__(self, num_symbols, rate, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.num_symbols = num_symbols
        self.rate = rate
        self.seed = seed
        if rate:
            self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, embedded, tokens, training=False):
        if not training or not self.rate:
            return embedded
        ones = ops.ones(
            (ops.shape(tokens)[0], self.num_symbols), embedded.dtype
        )
        kept = keras.random.dropout(ones, self.rate, seed=self.seed_generator)
        kept = ops.take_along_axis(kept, tokens, axis=1)
        return embedded * ops.expand_dims(kept, -1)

    def get_config(self):
        return {
            **super().get_config(),
            "num_symbols": self.num_symbols,
            "rate": self.rate,
            "seed": self.seed,
        }
