"""Names, numbers and times as text for people."""

from nas_tf import layout
from nas_tf.layout import span as span

# Characters of a name that are shown. A run's files may be anybody's.
LONGEST_NAME = 60
LONGEST_SENTENCE = 200


def words(name):
    """Returns a name such as "bits_per_character" as words, cut if long."""
    return layout.shortened(name.replace("_", " "), LONGEST_NAME)


def sentence(text):
    """Returns a text that others wrote, cut if it is long."""
    return layout.shortened(text, LONGEST_SENTENCE)


def count(number):
    """Returns a whole number as text, "-" for None."""
    return "-" if number is None else f"{number:,}"


def short(number):
    """Returns a large number in three digits, such as "19.5 million"."""
    for unit, size in (("billion", 1e9), ("million", 1e6)):
        if number >= size:
            return f"{number / size:.3g} {unit}"
    return f"{number:,}"
