"""Whether this process can start threads, before others need them.

Native libraries start threads when they are loaded or first used, and end the
process where they cannot: OpenBLAS, which NumPy brings, by SIGINT, TensorFlow
by SIGABRT.
"""

import os
import threading

from nas_tf.machine import processors

# Below this limit of a user's processes and threads OpenBLAS gets one thread.
FEW = 1024
# OpenBLAS may have as many threads as there are processors, and so may each of
# TensorFlow's two pools. Some more wait for files and messages.
POOLS = 3
FURTHER = 12


def settle():
    """Lets OpenBLAS be loaded where a user may have few threads.

    It has to be called before NumPy is imported.
    """
    try:
        import resource
    except ImportError:
        # There is no such limit on Windows.
        return
    limit, _ = resource.getrlimit(resource.RLIMIT_NPROC)
    if 0 <= limit < FEW:
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def check():
    """Starts as many threads as native libraries may start, and ends them.

    Raises:
        RuntimeError: If they cannot be started.
    """
    over = threading.Event()
    started = []
    try:
        for _ in range(POOLS * processors.count() + FURTHER):
            thread = threading.Thread(target=over.wait, daemon=True)
            thread.start()
            started.append(thread)
    finally:
        over.set()
        for thread in started:
            thread.join()
