"""Setup of all tests."""

import gc
import os
import signal

# Tests run in as many processes as there are cores. Threads of TensorFlow that
# wait for each other would take time from the other process.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")

# A shell makes background processes ignore SIGINT, and their children inherit
# that. Tests of Ctrl-C would then fail.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish():
    """Spares garbage collections the objects of Keras and of all tests.

    Keras starts a collection before every child, which takes 0.2 s otherwise;
    `lazy_keras.import_keras` does the same for commands.
    """
    gc.freeze()
