"""The setup of a worker process, and its supervision of itself."""

import contextlib
import dataclasses
import multiprocessing.connection
import multiprocessing.process
import multiprocessing.spawn
import os
import pickle
import signal
import threading
import time
import traceback

import psutil

from nas_tf.executors import _keeper
from nas_tf.lazy_keras import leave_out_extras
from nas_tf.machine import memory
from nas_tf.machine.parent import die_with

# Exit code of a worker process that exceeds its memory limit.
OVER_MEMORY = 86


@dataclasses.dataclass(frozen=True)
class Settings:
    """The settings of a worker process.

    Attributes:
        driver: Process id of the process that started it.
        number: Number of the worker, from 0. The one that replaces it has the
            same, and with it the same GPUs.
        threads: Number of threads that each worker may use.
        gpus: Names of the GPUs of all workers, possibly none.
        devices: Number of GPUs of each worker.
        memory_limit: Largest memory of its own in GB.
    """

    driver: int
    number: int
    threads: int
    gpus: tuple
    devices: int
    memory_limit: float


def main(handle):
    """Is a worker: runs calls until the other end of a connection closes.

    Args:
        handle: File descriptor of the connection. What comes first is the
            worker's `Settings` and what `multiprocessing` says of the search's
            process; an empty message ends the worker.
    """
    connection = multiprocessing.connection.Connection(handle)
    settings, told = pickle.loads(connection.recv_bytes())
    start(settings)
    # A main module that starts processes when it is imported is refused.
    process = multiprocessing.process.current_process()
    process._inheriting = True
    try:
        multiprocessing.spawn.prepare(told)
    finally:
        del process._inheriting
    own = os.getpid()
    connection.send_bytes(b"ready")
    while True:
        try:
            pickled = connection.recv_bytes()
        except (EOFError, OSError):
            return
        if not pickled:
            return
        outcome = _outcome(pickled)
        if os.getpid() != own:
            # A copy of this process that the child made by forking.
            os._exit(0)
        connection.send_bytes(outcome)


def _outcome(pickled):
    """Returns a pickled tuple of a call's value, exception and traceback."""
    try:
        return pickle.dumps((call(pickled), None, ""))
    except Exception as error:
        return pickle.dumps((None, error, traceback.format_exc()))


def start(settings):
    """Sets up the worker process that it is called in."""
    # What children start is found by this session, and is handed over to the
    # keeper when this process ends, not earlier.
    with contextlib.suppress(OSError):
        os.setsid()
    _keeper.adopt_orphans()
    # Ctrl-C reaches the whole group; the driver decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A signal handler in Python, which is set by now, would not run while
    # native code holds the interpreter.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    die_with(settings.driver)
    memory.allow(settings.memory_limit * 1e9)
    threads = str(settings.threads)
    os.environ.update(
        TF_CPP_MIN_LOG_LEVEL="3",
        TF_NUM_INTRAOP_THREADS=threads,
        TF_NUM_INTEROP_THREADS=threads,
        OMP_NUM_THREADS=threads,
        # The size of JAX's pool of threads for computing.
        NPROC=threads,
    )
    if settings.gpus:
        os.environ.update(
            CUDA_VISIBLE_DEVICES=",".join(_share(settings)),
            TF_FORCE_GPU_ALLOW_GROWTH="true",
            # The same for JAX.
            XLA_PYTHON_CLIENT_PREALLOCATE="false",
        )
    leave_out_extras()
    threading.Thread(target=_watch, args=(settings,), daemon=True).start()


def call(pickled):
    """Calls a function with its arguments, which are pickled together.

    An object that cannot be unpickled, here or in the search's process, would
    end the worker or the whole pool. This function turns it into an ordinary
    exception.
    """
    try:
        function, args, kwargs = pickle.loads(pickled)
        return function(*args, **kwargs)
    except BaseException as error:
        if _can_travel(error):
            raise
        raise RuntimeError(f"{type(error).__name__}: {error}") from error


def _can_travel(error):
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return False
    return isinstance(error, Exception)


def _share(settings):
    """Returns the names of a worker's GPUs."""
    first = settings.number * settings.devices
    gpus = settings.gpus
    return [gpus[i % len(gpus)] for i in range(first, first + settings.devices)]


def _watch(settings):
    """Ends this worker if its parent is gone or its memory limit exceeded."""
    process = psutil.Process()
    while os.getppid() == settings.driver:
        if memory.used(process) > memory.allowed():
            os._exit(OVER_MEMORY)
        time.sleep(0.2)
    os._exit(1)
