"""Dropout of whole symbols."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="nas_tf")
class WordDropout(keras.layers.Layer):
    """Drops a symbol at all its positions in a sequence, or at none.

    It is dropout of rows of the embedding matrix, with a new mask for each
    sequence (Gal & Ghahramani 2016, section 4.2). The others are divided by
    `1 - rate`.

    Args:
        num_symbols: Size of the vocabulary, at least 1.
        rate: Fraction of the symbols that are dropped in training, in [0, 1).
        seed: Integer that decides the masks, or None (default).

    Call arguments:
        embedded: `[B, T, d]`, the embeddings of symbols. The output has the
            same shape.
        tokens: `[B, T]` integers, the symbols.
        training: Whether to apply dropout. Default: False.
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
