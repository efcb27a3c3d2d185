"""Makes a process end with the process that started it."""

import ctypes
import os
import signal
import sys

# From Linux's prctl.h: sets the signal that is sent when the parent ends.
PR_SET_PDEATHSIG = 1


def die_with(parent):
    """Makes the kernel kill this process when its parent ends.

    A thread could not do that, because it does not run while native code holds
    the interpreter. On systems other than Linux, only a parent that has already
    ended is noticed.

    Args:
        parent: Process id of the parent.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
