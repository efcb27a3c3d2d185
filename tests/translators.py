"""Small translators for tests."""

import keras
import numpy as np
from keras import ops

from nas_tf.children.translator import Translator
from nas_tf.layers.nas_cell import NAS

STATES = {"return_sequences": True, "return_state": True}
SYMBOLS = 7


def layer(name, units=3):
    """Returns a layer of a cell with large weights."""
    made = {
        "lstm": keras.layers.LSTM,
        "gru": keras.layers.GRU,
        "nascell": NAS,
    }[name]
    return made(
        units,
        kernel_initializer=uniform(),
        recurrent_initializer=uniform(),
        **STATES,
    )


def uniform():
    return keras.initializers.RandomUniform(-1, 1)


def translator(encoder, decoder, **options):
    """Returns a model of the cells with these names, always the same one."""
    keras.utils.set_random_seed(3)
    return Translator(
        list(map(layer, encoder)),
        list(map(layer, decoder)),
        SYMBOLS,
        init_range=1.0,
        **options,
    )


def sentences():
    """Returns sources `[3, 5]` of 5, 3 and 1 symbols, and targets `[3, 5]`."""
    rng = np.random.default_rng(1)
    source = rng.integers(4, SYMBOLS, (3, 5)).astype("int32")
    source[1, 3:] = source[2, 1:] = 0
    target = rng.integers(4, SYMBOLS, (3, 5)).astype("int32")
    target[:, 0] = 2
    return source, target


def log_probs(model, source, target):
    """Returns `[B, T, V]`, by reading a whole translation."""
    logits = model((source, target))
    return ops.convert_to_numpy(ops.log_softmax(logits))


def padded(source):
    """Returns sentences filled up by five more symbols."""
    return np.pad(source, ((0, 0), (0, 5)))
