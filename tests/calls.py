"""Functions that tests call in workers.

This module imports little, so that a worker starts quickly.
"""

import ctypes
import os
import pathlib
import signal
import subprocess
import sys
import time

from nas_tf.errors import UsageError

PR_GET_PDEATHSIG = 2


def raise_timeout():
    raise TimeoutError("of its own")


def raise_refusal():
    raise UsageError("Expected the data where it was. Received: none")


def interrupt():
    raise KeyboardInterrupt


def leave():
    sys.exit(5)


class Awkward(Exception):
    """An exception that cannot be unpickled."""

    def __init__(self, a, b):
        super().__init__(f"{a} {b}")


def raise_awkward():
    raise Awkward(1, 2)


class Unloadable:
    def __reduce__(self):
        return (divmod, (1, 0))


def describe_worker(seconds):
    since = time.time()
    time.sleep(seconds)
    death_signal = ctypes.c_int()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_GET_PDEATHSIG, ctypes.byref(death_signal))
    return {
        **os.environ,
        "pid": os.getpid(),
        "SIGINT": signal.getsignal(signal.SIGINT),
        "death_signal": death_signal.value,
        "since": since,
        "until": time.time(),
    }


def jax_threads():
    """Returns how many threads JAX has to compute with in this process."""
    import jax

    jax.numpy.ones((64, 64)).sum().block_until_ready()
    names = [
        (path / "comm").read_text()
        for path in pathlib.Path("/proc/self/task").iterdir()
    ]
    return sum("XLAEigen" in name for name in names)


# Ways of starting a process that outlives its parent, which prints its id.
LEFTOVERS = {
    "child": "sleep 600 & echo $!",
    "session": "setsid sleep 600 & echo $!",
    "daemon": "(setsid nohup sleep 600 & echo $!) ",
    "unmarked": "setsid env -i /bin/sleep 600 & echo $!",
    "deaf": "(trap '' HUP INT TERM; sleep 600) & echo $!",
}


def leave_behind(way, then=None):
    """Starts processes that outlive this call; returns their ids.

    Args:
        way: One of `LEFTOVERS`, or "fork" for a copy of this process.
        then: Function that is called after that, or None.
    """
    if way == "fork":
        pid = os.fork()
        if not pid:
            # The copy goes on with the rest of the call.
            return []
        pids = [pid]
    else:
        text = subprocess.check_output(
            LEFTOVERS[way].replace("600", "600 >/dev/null 2>&1"), shell=True
        )
        pids = [int(text)]
    if then is not None:
        then(pids)
    return pids


def write_down(path, pids):
    pathlib.Path(path).write_text(" ".join(map(str, pids)))
