"""The memory of this machine and of processes, in bytes."""

import pathlib

import psutil

_CGROUPS = pathlib.Path("/sys/fs/cgroup")
_OWN_GROUPS = pathlib.Path("/proc/self/cgroup")
_KERNEL = pathlib.Path("/proc/vmstat")

# How much this process may use, if less than the machine has.
_allowed = None


def machine():
    """Returns the machine's memory, or the limit of a control group if lower.

    Containers and batch systems limit their processes by control groups.
    """
    limits = [
        int(text)
        for folder, name in _groups("memory.max", "memory.limit_in_bytes")
        if (text := _text(folder / name).strip()).isdecimal()
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
    for folder, name in _groups("memory.events", "memory.oom_control"):
        count = _counter(folder / name)
        if count is not None:
            return count
    return _counter(_KERNEL)


def allow(limit):
    """Says how much memory this process may use, in bytes."""
    global _allowed
    _allowed = limit


def allowed():
    """Returns how much memory this process may use, by default `machine()`."""
    return machine() if _allowed is None else _allowed


def _groups(new, old):
    """Yields `(folder, file)` of this process's groups, the innermost first.

    Args:
        new: Name of the file in version 2 of control groups.
        old: Name of the file in version 1.
    """
    for line in _text(_OWN_GROUPS).splitlines():
        _, controllers, place = line.split(":", 2)
        if not controllers:
            root, name = _CGROUPS, new
        elif "memory" in controllers.split(","):
            root, name = _CGROUPS / "memory", old
        else:
            continue
        folder = root / place.strip("/")
        while folder != root:
            yield folder, name
            folder = folder.parent
        yield root, name


def _counter(path):
    """Returns the number behind "oom_kill" in a file of names and numbers."""
    for line in _text(path).splitlines():
        name, _, number = line.partition(" ")
        if name == "oom_kill" and number.isdecimal():
            return int(number)
    return None


def _text(path):
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return ""
