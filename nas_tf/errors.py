"""The one exception that means: the user, not the code, has to change."""


class UsageError(ValueError):
    """Raised for input a user can mend.

    Its message is a single line that says what was expected, what arrived and
    where. Command lines print it and exit with code 2; anything else that is
    raised is a bug and keeps its traceback.
    """
