"""The memory of this machine and of processes, in bytes."""

import pathlib

import psutil

from nas_tf.machine import control_groups

_KERNEL = pathlib.Path("/proc/vmstat")

# How much this process may use, if less than the machine has.
_allowed = None


def machine():
    """Returns the machine's memory, or the limit of a control group if lower.

    Containers and batch systems limit their processes by control groups.
    """
    limits = [
        int(text)
        for text, _ in control_groups.files(
            "memory", "memory.max", "memory.limit_in_bytes"
        )
        if text.strip().isdecimal()
    ]
    return min([psutil.virtual_memory().total, *limits])


def used(process=None):
    """Returns the memory that a process has of its own.

    Mapped files do not count: the system takes their pages back if it needs
    memory. Where that is not known, as on macOS, it is the resident memory.

    Args:
        process: `psutil.Process`; None (default) for this one.
    """
    info = (process or psutil.Process()).memory_info()
    return info.rss - getattr(info, "shared", 0)


def kills():
    """Returns how many processes the kernel has ended for lack of memory.

    They are those of this process's control group or, where that is not known,
    of the machine.

    Returns:
        Integer; None where the kernel does not count them.
    """
    for text, _ in control_groups.files(
        "memory", "memory.events", "memory.oom_control"
    ):
        count = _counter(text)
        if count is not None:
            return count
    return _counter(control_groups.text(_KERNEL))


def allow(limit):
    """Says how much memory this process may use, in bytes."""
    global _allowed
    _allowed = limit


def allowed():
    """Returns how much memory this process may use, by default `machine()`."""
    return machine() if _allowed is None else _allowed


def _counter(text):
    """Returns the number behind "oom_kill" in lines of names and numbers."""
    for line in text.splitlines():
        name, _, number = line.partition(" ")
        if name == "oom_kill" and number.isdecimal():
            return int(number)
    return None
