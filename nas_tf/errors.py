"""The exceptions that callers distinguish."""

# Messages echo what was received, which may be megabytes.
LONGEST = 1000
_GAP = " [...] "


class UsageError(ValueError):
    """Raised for a mistake that the user can correct without a change of code.

    Its message is a single line that says what was expected, what was received
    and where. Commands print it and exit with code 2. Any other exception is a
    bug and keeps its traceback. Of a message of more than 1,000 characters the
    middle is left out. Characters that change how others are shown, such as
    those for the cursor or the direction of writing, are escaped as in Python.
    """

    def __init__(self, message=""):
        super().__init__(printable(shortened(str(message))))


class NonFiniteLoss(ArithmeticError):
    """Raised when the mean training loss of an epoch is infinite or NaN."""


class Pruned(Exception):
    """Raised by a child to end its training; see `nas_tf.pruning.reports`."""


def shortened(text, length=LONGEST):
    """Returns a text without its middle if it is longer than `length`."""
    if len(text) <= length:
        return text
    end = (length - len(_GAP)) // 3
    return text[: length - len(_GAP) - end] + _GAP + text[-end:]


def printable(text):
    """Returns a text as one line, without characters that cannot be shown.

    Ends of lines become spaces. Other characters that cannot be printed, among
    them half surrogate pairs, are escaped as in Python.
    """
    if text.isprintable():
        return text
    text = " ".join(text.split("\n"))
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii")
        for c in text
    )
