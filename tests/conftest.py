"""Setup of all tests."""

import gc
import os
import pathlib
import shutil
import signal
import tempfile

# Files whose tests take longest. They are started
# first, so that two processes end at about the same time.
LONGEST = (
    "test_ray",
    "test_train",
    "test_resume",
    "test_signal",
    "test_parameter_servers",
    "test_export_elsewhere",
    "test_formats",
    "test_best_model",
    "test_faults",
    "test_devices",
    "test_flagfiles",
    "test_nas_in_keras",
    "test_tree_cell",
    "test_tree_rnn",
    "test_strategies",
    "test_engine",
    "test_types",
    "test_export",
    "test_jobs",
    "test_export_own_task",
    "test_process",
    "test_fit",
    "test_own_space",
    "test_shared_evaluator",
    "test_commands",
    "test_without_tensorflow",
)

# Tests run in as many processes as there are cores. Threads of TensorFlow that
# wait for each other would take time from the other process.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")

# Tests write, synchronize and delete thousands of small files. A disk takes
# milliseconds for each of them, memory does not. They need 0.2 GB.
MEMORY = pathlib.Path("/dev/shm")
if (
    "TMPDIR" not in os.environ
    and os.access(MEMORY, os.W_OK)
    and shutil.disk_usage(MEMORY).free > 4e9
):
    os.environ["TMPDIR"] = str(MEMORY)
    tempfile.tempdir = None

# A shell makes background processes ignore SIGINT, and their children inherit
# that. Tests of Ctrl-C would then fail.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items):
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))


def pytest_collection_finish():
    """Spares garbage collections the objects of Keras and of all tests.

    Keras starts a collection before every child, which takes 0.2 s otherwise;
    `lazy_keras.import_keras` does the same for commands.
    """
    gc.freeze()
