"""How long something took, whatever happens to the time of day.

The clock of a machine may be set while a child trains. The time of day is for
people only; durations come from a clock that cannot be set.
"""

import time


class Timer:
    """Measures from its creation.

    Attributes:
        started: The time of day at that moment, in seconds since 1970.
    """

    def __init__(self):
        self.started = time.time()
        self._began = time.monotonic()

    @property
    def seconds(self):
        """The time since then in seconds, at least 0."""
        return time.monotonic() - self._began

    def facts(self):
        """Returns a dict of `started` and `seconds`, fields of a `Result`."""
        return {"started": self.started, "seconds": self.seconds}


class RunClock:
    """A time of day that nobody sets while a run goes on.

    It begins with the machine's, but not before what the run already has, and
    then goes on by itself. The times of a run's trials thus have the distances
    that they had, also if the machine's clock was set between two starts.

    Args:
        after: Time in seconds since 1970 that it must not precede, or None.
    """

    def __init__(self, after=None):
        self._timer = Timer()
        self._base = max(self._timer.started, after or 0.0)

    def now(self):
        """Returns the time in seconds since 1970."""
        return self._base + self._timer.seconds
