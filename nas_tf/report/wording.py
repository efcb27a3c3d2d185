"""Names, numbers and times as text for people."""

from nas_tf.layout import span as span


def words(name):
    """Returns a name such as "bits_per_character" as words."""
    return name.replace("_", " ")


def count(number):
    """Returns a whole number as text, "-" for None."""
    return "-" if number is None else f"{number:,}"


def short(number):
    """Returns a large number in three digits, such as "19.5 million"."""
    for unit, size in (("billion", 1e9), ("million", 1e6)):
        if number >= size:
            return f"{number / size:.3g} {unit}"
    return f"{number:,}"
