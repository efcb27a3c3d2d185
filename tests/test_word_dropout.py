"""Dropout of whole symbols."""

import numpy as np

from nas_tf.layers.word_dropout import WordDropout
from tests.backends import array


def test_words_are_dropped_whole():
    layer = WordDropout(5, 0.5, seed=0)
    tokens = np.tile(np.arange(5), (400, 4)).astype("int32")
    out = array(layer(np.ones((400, 20, 3), "float32"), tokens, training=True))
    assert set(np.unique(out)) == {0.0, 2.0}
    words = out.reshape(400, 4, 5, 3)
    # All positions and all elements of a word have the same mask.
    np.testing.assert_array_equal(words, words[:, :1, :, :1] + 0 * words)
    kept = words[:, 0, :, 0] > 0
    assert abs(kept.mean() - 0.5) < 0.05
    # Sequences and words are independent.
    assert len(np.unique(kept, axis=0)) == 32
    again = layer(np.ones((400, 20, 3), "float32"), tokens, training=True)
    assert (array(again) != out).any()


def test_nothing_is_dropped_but_in_training():
    embedded = np.ones((2, 3, 4), "float32")
    tokens = np.array([[0, 3, 1], [2, 2, 0]], "int32")
    for layer in (WordDropout(5, 0.9), WordDropout(5, 0.0)):
        np.testing.assert_array_equal(array(layer(embedded, tokens)), 1)
    zero = WordDropout(5, 0.0)
    out = zero(embedded, tokens, training=True)
    np.testing.assert_array_equal(array(out), 1)


def test_configuration_round_trip():
    layer = WordDropout(5, 0.25, seed=3, name="words")
    again = WordDropout.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    assert (again.num_symbols, again.rate, again.seed) == (5, 0.25, 3)
