"""Linux's control groups, by which containers and batch systems set limits."""

import pathlib

ROOT = pathlib.Path("/sys/fs/cgroup")
OWN = pathlib.Path("/proc/self/cgroup")


def files(controller, new, old):
    """Yields the texts of one file of this process's groups, innermost first.

    Args:
        controller: Name of the controller, such as "memory".
        new: Name of the file in version 2 of control groups.
        old: Name of the file in version 1.

    Yields:
        Pair of the text, "" if there is no such file, and whether it is of
        version 2.
    """
    for line in text(OWN).splitlines():
        _, controllers, place = line.split(":", 2)
        if not controllers:
            root, name = ROOT, new
        elif controller in controllers.split(","):
            root, name = ROOT / controller, old
        else:
            continue
        folder = root / place.strip("/")
        while folder != root:
            yield text(folder / name), not controllers
            folder = folder.parent
        yield text(root / name), not controllers


def text(path):
    """Returns the text of a file of the kernel, "" if it cannot be read."""
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return ""
