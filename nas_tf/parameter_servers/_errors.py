"""Errors of a cluster."""

from nas_tf.errors import UsageError


class ServerGone(UsageError):
    """Raised when a parameter server is lost, together with its variables."""

    def __init__(self):
        super().__init__(
            "A parameter server is gone. The same command resumes."
        )
