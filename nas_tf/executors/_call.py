"""A call that a pool of worker processes makes, and how it can fail."""

import concurrent.futures
import contextlib

from nas_tf.errors import UsageError


class Died(Exception):
    """The error of a call whose worker ended while it ran.

    Attributes:
        exit_code: That of the worker, negative for a signal.
    """

    def __init__(self, exit_code):
        super().__init__(exit_code)
        self.exit_code = exit_code


class NeverBegan(Exception):
    """The error of a call if a worker ended before it was ready for one."""


class OutOfTime(Exception):
    """The error of a call that ran past its time limit."""


class CannotStart(UsageError):
    """The error of calls if no process can be started."""

    def __init__(self, error):
        super().__init__(
            f"Expected worker processes that can be started. Received: "
            f"{getattr(error, 'strerror', None) or error}"
        )


class Future(concurrent.futures.Future):
    """A call. Cancelled while it runs, its worker is ended.

    Args:
        pool: The `Pool`.
        call: The pickled call.
        limit: Seconds after which it is ended, or None.
        warm: Whether the call only warms a worker up.
    """

    def __init__(self, pool, call, limit, warm):
        super().__init__()
        self.call = call
        self.limit = limit
        self.warm = warm
        self._pool = pool

    def cancel(self):
        if super().cancel():
            return True
        if self.done():
            return False
        self._pool.abandon(self)
        return True

    def settle(self, value=None, error=None):
        """Sets the outcome, unless there is one."""
        with contextlib.suppress(concurrent.futures.InvalidStateError):
            if error is None:
                self.set_result(value)
            else:
                self.set_exception(error)
