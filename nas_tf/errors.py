"""The exceptions that callers distinguish."""

# Messages echo what was received, which may be megabytes.
LONGEST = 1000
_GAP = " [...] "


class UsageError(ValueError):
    """Raised for a mistake that the user can correct without a change of code.

    Its message is a single line that says what was expected, what was received
    and where. Commands print it and exit with code 2. Any other exception is a
    bug and keeps its traceback. Of a message of more than 1,000 characters the
    middle is left out.
    """

    def __init__(self, message=""):
        super().__init__(shortened(str(message)))


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
