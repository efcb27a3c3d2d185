"""Checks of what users give, with messages of one form."""

from nas_tf.errors import UsageError


def check(part, name, good, wanted):
    """Raises `UsageError` unless `good`.

    Args:
        part: Object that the value is a field of.
        name: The field's name.
        good: Whether the value will do.
        wanted: What will, in words that follow "Expected `name`".
    """
    if not good:
        raise UsageError(
            f"Expected `{name}` {wanted}. Received: {getattr(part, name)!r}"
        )


def is_whole(value, minimum=1):
    """Returns whether a value is an integer, not a boolean, from `minimum`."""
    return (
        isinstance(value, int)
        and not isinstance(value, bool)
        and value >= minimum
    )


def is_number(value):
    """Returns whether a value is an integer or a float, not a boolean."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)
