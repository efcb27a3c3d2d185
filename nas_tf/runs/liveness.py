"""Whether a process is working on a run."""

import fcntl
import os
import time

from nas_tf.runs import journal

# Seconds for which a lock is tried: `is_live` holds it for an instant.
PATIENCE = 0.2


def hold(handle):
    """Locks an open file for this process, until it is closed.

    Args:
        handle: Its file descriptor.

    Raises:
        BlockingIOError: If another process holds it.
    """
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)


def is_live(path):
    """Returns whether a process of this machine writes in a directory.

    Nothing is written. Its locks are tried for an instant, which a search that
    starts in that instant waits for.

    Args:
        path: `pathlib.Path` of the directory of a run or a training.
    """
    return any(_is_held(path / name) for name in ("lock", *journal.FILES))


def _is_held(path):
    try:
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
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
