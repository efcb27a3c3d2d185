"""The setup of a worker process, and its supervision of itself."""

import dataclasses
import fcntl
import os
import pathlib
import pickle
import signal
import threading
import time

import psutil

from nas_tf import memory
from nas_tf.parent import die_with

# Exit code of a worker process that exceeds its memory limit.
OVER_MEMORY = 86


@dataclasses.dataclass(frozen=True)
class Settings:
    """The settings of a worker process.

    Attributes:
        driver: Process id of the process that started it.
        slots: Directory with a lock file for each worker number, or None if
            there is only one worker.
        num_workers: Number of workers.
        threads: Number of threads that each worker may use.
        gpus: Names of the GPUs of all workers, possibly none.
        devices: Number of GPUs of each worker.
        memory_limit: Largest memory of its own in GB.
    """

    driver: int
    slots: str | None
    num_workers: int
    threads: int
    gpus: tuple
    devices: int
    memory_limit: float


def start(settings):
    """Sets up the worker process that it is called in."""
    # Ctrl-C reaches the whole group; the driver decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A signal handler in Python, which is set by now, would not run while
    # native code holds the interpreter.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    die_with(settings.driver)
    memory.allow(settings.memory_limit * 1e9)
    number = _take_slot(settings)
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
            CUDA_VISIBLE_DEVICES=",".join(_share(settings, number)),
            TF_FORCE_GPU_ALLOW_GROWTH="true",
            # The same for JAX.
            XLA_PYTHON_CLIENT_PREALLOCATE="false",
        )
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
    except (Exception, SystemExit) as error:
        if _can_travel(error):
            raise
        raise RuntimeError(f"{type(error).__name__}: {error}") from error


def _can_travel(error):
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return False
    return isinstance(error, Exception)


def _share(settings, number):
    """Returns the names of a worker's GPUs."""
    first = number * settings.devices
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


def _take_slot(settings):
    """Returns this worker's number, which it keeps until the process ends.

    The number is a lock on a file, which ends with the process. The worker that
    replaces a dead one therefore gets its number, and with it its GPUs.
    """
    if settings.slots is None:
        return 0
    while True:
        for number in range(settings.num_workers):
            path = pathlib.Path(settings.slots) / str(number)
            handle = os.open(path, os.O_CREAT | os.O_RDWR)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(handle)
                continue
            return number
        time.sleep(0.05)
