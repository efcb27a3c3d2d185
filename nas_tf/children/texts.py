"""Turns lines of text into numbers of symbols, within a model.

The graph consists of layers and operations of Keras alone, so that a model with
it opens without this package. Keras splits strings by TensorFlow, so there is
no such graph on other backends.
"""

import keras
import numpy as np
from keras import ops

# Names that `keras.layers.TextVectorization` has for itself.
RESERVED = ("", "[UNK]")


def can_number(vocabulary):
    """Returns whether `numbering` can be made, on this backend."""
    return keras.backend.backend() == "tensorflow" and not any(
        symbol in RESERVED for symbol in vocabulary
    )


def numbering(vocabulary, level, line_end, unknown, space):
    """Returns a model from lines of text to the symbols that a child reads.

    Args:
        vocabulary: Sequence of symbols, for which `can_number`. An index is a
            number.
        level: "word" splits a line at white space, "character" into its
            characters.
        line_end: The symbol that is read before a line. Of characters, a line
            end within a string is this symbol too.
        unknown: The symbol for everything that is not in the vocabulary. If it
            is not in the vocabulary itself, the last symbol, which is the
            rarest, takes its place.
        space: The symbol for a space among characters.

    Returns:
        A `keras.Model` from strings `[B]` to integers `[B, T + 1]`, T the
        largest number of symbols in a line. Shorter lines are filled up with
        the number of `line_end`.
    """
    numbers = {symbol: number for number, symbol in enumerate(vocabulary)}
    words = dict(numbers)
    if level == "character":
        words = {w: number for w, number in numbers.items() if len(w) == 1}
        words["\n"] = numbers[line_end]
        if space in numbers:
            words[" "] = numbers[space]
    lines = keras.Input((), dtype="string", name="text")
    x = keras.layers.TextVectorization(
        standardize=None,
        split="whitespace" if level == "word" else "character",
        vocabulary=list(words),
        name="vocabulary",
    )(lines)
    # The layer has numbers of its own: 0 fills lines up, 1 is unknown.
    other = numbers.get(unknown, len(vocabulary) - 1)
    table = [numbers[line_end], other, *words.values()]
    x = ops.pad(x, ((0, 0), (1, 0)))
    x = ops.take(np.array(table, "int32"), x)
    return keras.Model(lines, x, name="preprocessing")
