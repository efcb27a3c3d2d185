"""Checks of users' values, with messages of one form.

Each check takes the object or dict that has the values, and the names of values
with the same range:

    checks.whole(self, "epochs", "batch_size")
    checks.number(self, "momentum", minimum=0, below=1)

The last one raises "Expected `momentum` to be a number in [0, 1). Received: 2".
"""

import math
import sys

from nas_tf.errors import UsageError
from nas_tf.reading import shown

# The largest whole number of any option that has no smaller bound. Libraries
# below this package keep counts in 32 bits.
LARGEST = 2**31 - 1


def check(part, name, good, wanted):
    """Raises `UsageError` unless `good`.

    Args:
        part: Object or dict that has the value.
        name: The value's name.
        good: Whether the value is accepted.
        wanted: Words that follow "Expected `name` to be" in the message.
    """
    if not good:
        raise UsageError(
            f"Expected `{name}` to be {wanted}. Received: "
            f"{shown(_value(part, name), 200)}"
        )


def whole(part, *names, minimum=1, maximum=None, optional=False):
    """Raises `UsageError` unless values are whole numbers in a range.

    Args:
        part: Object or dict.
        *names: Names of the values.
        minimum: The smallest value. Default: 1.
        maximum: The largest value. None (default) for 2**31 - 1.
        optional: Whether None is accepted too. Default: False.
    """
    for name in names:
        value = _value(part, name)
        good = is_whole(value, minimum)
        largest = LARGEST if maximum is None else maximum
        # The usual bound is worth mentioning to those who exceed it.
        upto = "" if maximum is None and not good else f" to {largest}"
        wanted = _or_none(f"a whole number from {minimum}{upto}", optional)
        good = good and value <= largest
        check(part, name, good or (optional and value is None), wanted)


def number(
    part,
    *names,
    minimum=-math.inf,
    above=-math.inf,
    maximum=math.inf,
    below=math.inf,
    optional=False,
):
    """Raises `UsageError` unless values are finite numbers in a range.

    Args:
        part: Object or dict.
        *names: Names of the values.
        minimum: Lower bound that is accepted itself.
        above: Lower bound that is not accepted itself.
        maximum: Upper bound that is accepted itself.
        below: Upper bound that is not accepted itself.
        optional: Whether None is accepted too. Default: False.
    """
    wanted = _or_none(_interval(minimum, above, maximum, below), optional)
    for name in names:
        value = _value(part, name)
        good = (
            is_finite(value)
            and minimum <= value <= maximum
            and above < value < below
        )
        check(part, name, good or (optional and value is None), wanted)


def shares(part, *names):
    """Raises `UsageError` unless values in (0, 1) have a sum below 1."""
    number(part, *names, above=0, below=1)
    total = sum(_value(part, name) for name in names)
    if total >= 1:
        listed = " and ".join(f"`{name}`" for name in names)
        raise UsageError(
            f"Expected {listed} with a sum below 1. Received: {total:g}"
        )


def boolean(part, *names):
    """Raises `UsageError` unless values are True or False."""
    for name in names:
        good = isinstance(_value(part, name), bool)
        check(part, name, good, "True or False")


def text(part, *names, optional=False):
    """Raises `UsageError` unless values are strings.

    Args:
        part: Object or dict.
        *names: Names of the values.
        optional: Whether None is accepted too. Default: False.
    """
    for name in names:
        value = _value(part, name)
        good = isinstance(value, str) or (optional and value is None)
        check(part, name, good, _or_none("a string", optional))


def one_of(part, name, choices):
    """Raises `UsageError` unless a value is one of `choices`."""
    listed = ", ".join(map(str, choices))
    good = _value(part, name) in choices
    check(part, name, good, f"one of {listed}")


def several_of(part, name, choices):
    """Raises `UsageError` unless a value is a tuple of different `choices`."""
    value = _value(part, name)
    good = is_tuple_of_different(value) and all(v in choices for v in value)
    listed = ", ".join(map(str, choices))
    check(part, name, good, f"a tuple of different ones of {listed}")


def several_whole(part, *names, minimum=1, maximum=LARGEST):
    """Raises `UsageError` unless values are tuples of different whole numbers.

    Args:
        part: Object or dict.
        *names: Names of the values.
        minimum: The smallest value of each number. Default: 1.
        maximum: The largest value of each number. Default: 2**31 - 1.
    """
    upto = "" if maximum == LARGEST else f" to {maximum}"
    for name in names:
        value = _value(part, name)
        good = is_tuple_of_different(value) and all(
            is_whole(item, minimum) and item <= maximum for item in value
        )
        wanted = f"a tuple of different whole numbers from {minimum}{upto}"
        check(part, name, good, wanted)


def lines(names, what):
    """Raises `UsageError` unless names can be written to a file, one a line.

    Args:
        names: Iterable of strings.
        what: What they are, for the message, such as "names of classes".
    """
    for name in names:
        written = name.encode("utf-8", "replace").decode("utf-8")
        if written != name or set(name) & set("\n\r\0"):
            raise UsageError(
                f"Expected {what} that are one line of text each. Received: "
                f"{shown(name)}"
            )


def is_tuple_of_different(value):
    """Returns whether a value is a non-empty tuple without duplicates."""
    return (
        isinstance(value, tuple)
        and len(value) > 0
        and all(value.count(item) == 1 for item in value)
    )


def is_whole(value, minimum=1):
    """Returns whether a value is an integer >= `minimum` and not a boolean."""
    return (
        isinstance(value, int)
        and not isinstance(value, bool)
        and value >= minimum
    )


def is_finite(value):
    """Returns whether a value is a number that a finite double stands for."""
    try:
        return is_number(value) and math.isfinite(value)
    except OverflowError:
        # A whole number of more than 308 digits.
        return False


def is_number(value):
    """Returns whether a value is an integer or a float, and not a boolean."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def plain(value):
    """Returns a number, boolean or string of NumPy as Python's.

    Tuples and lists of them become such tuples and lists; any other value is
    returned as it is.
    """
    # Without NumPy there are none, and commands that list parts load none.
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.generic):
        return value.item()
    if type(value) in (tuple, list):
        return type(value)(map(plain, value))
    return value


def _value(part, name):
    """Returns a value, which is kept as Python's own if it was NumPy's."""
    if isinstance(part, dict):
        part[name] = plain(part[name])
        return part[name]
    value = getattr(part, name)
    same = plain(value)
    if type(same) is not type(value) or repr(same) != repr(value):
        # Also of a frozen dataclass, before anyone has seen it.
        object.__setattr__(part, name, same)
    return same


def _or_none(wanted, optional):
    return f"None or {wanted}" if optional else wanted


def _interval(minimum, above, maximum, below):
    """Returns a range in words, such as "a number in [0, 1)"."""
    has_low = max(minimum, above) > -math.inf
    has_high = min(maximum, below) < math.inf
    if has_low and has_high:
        left = f"[{minimum}" if minimum > above else f"({above}"
        right = f"{maximum}]" if maximum < below else f"{below})"
        return f"a number in {left}, {right}"
    if has_low:
        low = f">= {minimum}" if minimum > above else f"> {above}"
        return f"a finite number {low}"
    if has_high:
        high = f"<= {maximum}" if maximum < below else f"< {below}"
        return f"a finite number {high}"
    return "a finite number"
