"""The exceptions that callers tell apart."""


class UsageError(ValueError):
    """Raised for input a user can mend: the user, not the code, has to change.

    Its message is a single line that says what was expected, what arrived and
    where. Command lines print it and exit with code 2; anything else that is
    raised is a bug and keeps its traceback.
    """


class NonFiniteLoss(ArithmeticError):
    """Raised when the mean training loss of an epoch is infinite or NaN."""
