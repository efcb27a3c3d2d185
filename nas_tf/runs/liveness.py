"""Whether a process is working on a run."""

import fcntl
import os


def is_live(path):
    """Returns whether a process of this machine holds a directory's lock.

    Nothing is written. The lock is tried for an instant, which a search that
    starts in that instant waits for.

    Args:
        path: `pathlib.Path` of the directory of a run or a training.
    """
    try:
        file = os.open(path / "lock", os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        # This also releases the lock.
        os.close(file)
    return False
