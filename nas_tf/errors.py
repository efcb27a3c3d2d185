"""The exceptions that callers distinguish."""


class UsageError(ValueError):
    """Raised for a mistake that the user can correct without a change of code.

    Its message is a single line that says what was expected, what was received
    and where. Commands print it and exit with code 2. Any other exception is a
    bug and keeps its traceback.
    """


class NonFiniteLoss(ArithmeticError):
    """Raised when the mean training loss of an epoch is infinite or NaN."""


class Pruned(Exception):
    """Raised by a child to end its training; see `nas_tf.pruning.reports`."""
