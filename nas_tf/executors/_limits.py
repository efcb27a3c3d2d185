"""The options that executors with worker processes have in common."""

from nas_tf import checks
from nas_tf import limits


def check(options):
    """Raises `UsageError` for values out of range.

    Args:
        options: Dict with `workers` and `recycle`, whole numbers from 1 or
            None; `time_limit` in seconds and `memory_limit` in GB, numbers
            above 0 or None.
    """
    checks.whole(options, "recycle", optional=True)
    checks.whole(options, "workers", maximum=limits.PROCESSES, optional=True)
    for name, most in (
        ("time_limit", limits.SECONDS),
        ("memory_limit", limits.GIGABYTES),
    ):
        checks.number(options, name, above=0, maximum=most, optional=True)
