"""Translates lines: subwords, a search for the best hypothesis, and back."""

import numpy as np

from nas_tf import checks
from nas_tf import subwords as numbers
from nas_tf.tasks._buckets import Ragged

# The longest sentence that is scored or translated, in subwords with its end.
LONGEST = 512
# Sentences of similar length share one shape, which is compiled once.
NARROWEST = 16


def translated(
    model, subwords, lines, beam_width, length_penalty, batch_size=32
):
    """Returns the translation of each line.

    Args:
        model: Keras model, a `nas_tf.children.translator.Translator`.
        subwords: `Subwords` of both languages.
        lines: Sequence of strings. A line without words has an empty
            translation. One of more than `LONGEST` subwords is cut off.
        beam_width: Number of hypotheses, 1 for a greedy search.
        length_penalty: See `Translating`.
        batch_size: Number of lines that are translated together, at least 1.
            Default: 32.

    Returns:
        List of strings, and the list of the numbers of those that were cut.
    """
    from nas_tf.children.beam_search import beam_search

    checks.whole({"batch_size": batch_size}, "batch_size")
    rows = subwords.encode(lines)
    lengths = np.array([len(row) for row in rows], int)
    order = np.argsort(lengths, kind="stable")
    order = order[lengths[order] > 0]
    ragged = Ragged(np.concatenate([*map(np.array, rows), []]), lengths)
    found = [""] * len(rows)
    for start in range(0, len(order), batch_size):
        chosen = order[start : start + batch_size]
        width = _width(int(lengths[chosen].max()) + 1)
        count = 1 << (len(chosen) - 1).bit_length()
        # Repeated sentences fill a batch up.
        rows_of_batch = np.resize(chosen, count)
        source = ragged.padded(rows_of_batch, width, last=numbers.END)
        # A sentence's translation does not depend on others beside it.
        sizes = np.minimum(lengths[rows_of_batch] + 1, width)
        written, _ = beam_search(
            model,
            source,
            beam_width=beam_width,
            length_penalty=length_penalty,
            max_length=_longest_translation(width),
            max_lengths=_longest_translation(sizes),
        )
        texts = subwords.decode(map(_until_end, written[: len(chosen)]))
        for place, text in zip(chosen, texts):
            found[place] = text
    return found, np.flatnonzero(lengths >= LONGEST).tolist()


def _longest_translation(length):
    """Returns the most subwords of a translation of a source's length."""
    return 2 * length + 10


def _width(length):
    width = NARROWEST
    while width < length:
        width *= 2
    return min(width, LONGEST)


def _until_end(row):
    row = np.asarray(row)
    ends = np.flatnonzero((row == numbers.END) | (row == numbers.PADDING))
    return row[: ends[0]] if len(ends) else row
