"""How many processors this process may use."""

import math
import os

from nas_tf.machine import control_groups


def count():
    """Returns the number of processors, an integer of at least 1.

    It is how many this process may run on, or less if a control group, such as
    that of a container, limits its time: 1 for half a processor, 2 for one and
    a half.
    """
    if hasattr(os, "sched_getaffinity"):
        allowed = len(os.sched_getaffinity(0))
    else:
        allowed = os.cpu_count() or 1
    return max(1, min([allowed, *(math.ceil(quota) for quota in _quotas())]))


def _quotas():
    """Yields the limits of control groups, in processors."""
    periods = control_groups.files(
        "cpu", "cpu.cfs_period_us", "cpu.cfs_period_us"
    )
    limits = control_groups.files("cpu", "cpu.max", "cpu.cfs_quota_us")
    for (limit, is_new), (period, _) in zip(limits, periods):
        # Version 2 has both numbers in one file. No limit is "max" or -1.
        numbers = limit.split() if is_new else [*limit.split(), *period.split()]
        if len(numbers) == 2 and all(map(str.isdecimal, numbers)):
            time, length = map(int, numbers)
            if time and length:
                yield time / length
