"""Names and times as text for people."""

from nas_tf.layout import span as span


def words(name):
    """Returns a name such as "bits_per_character" as words."""
    return name.replace("_", " ")
