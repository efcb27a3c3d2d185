"""A process that ends with the one that started it."""

import ctypes
import os
import signal
import sys

# From Linux's prctl.h: the signal to be sent when the parent is gone.
PR_SET_PDEATHSIG = 1


def die_with(parent):
    """Has the kernel kill this process when its parent is gone.

    A thread could not: it does not run while native code holds the
    interpreter. Without Linux only a parent that is gone already is noticed.

    Args:
        parent: Process id of the parent.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
