"""What can go wrong with a cluster."""

from nas_tf.errors import UsageError


class ServerGone(UsageError):
    """Raised when a parameter server, and with it variables, is lost."""

    def __init__(self):
        super().__init__(
            "A parameter server is gone; go on by the same command."
        )
