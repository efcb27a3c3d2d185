"""What a worker process does before its first child, and beside it."""

import dataclasses
import fcntl
import os
import pathlib
import pickle
import signal
import threading
import time

import psutil

from nas_tf.parent import die_with

# Exit code of a worker that found itself over its memory limit.
OVER_MEMORY = 86


@dataclasses.dataclass(frozen=True)
class Settings:
    """What a worker has to know.

    Attributes:
        driver: Process id of the driver.
        slots: Directory with a lock file for each worker number, or None for
            a worker alone.
        num_workers: How many workers there are.
        threads: Threads each may use.
        gpus: Names of the GPUs to share out, possibly none.
        devices: How many of them each has.
        memory_limit: Largest resident memory in GB, or None.
    """

    driver: int
    slots: str | None
    num_workers: int
    threads: int
    gpus: tuple
    devices: int
    memory_limit: float | None


def start(settings):
    """Sets a new worker process up; called in it."""
    # Ctrl-C reaches the whole group; the driver decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A handler in Python, as there is one by now, does not run while native
    # code holds the interpreter.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    die_with(settings.driver)
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
            # JAX's name for the same.
            XLA_PYTHON_CLIENT_PREALLOCATE="false",
        )
    threading.Thread(target=_watch, args=(settings,), daemon=True).start()


def call(pickled):
    """Calls a function with its arguments, all pickled together.

    What cannot be unpickled, here or at home, would end the worker or the
    whole pool; like this it is an exception as any other.
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
    """Ends this worker when it is alone or over its memory limit."""
    process = psutil.Process()
    limit = settings.memory_limit
    while os.getppid() == settings.driver:
        if limit and process.memory_info().rss > limit * 1e9:
            os._exit(OVER_MEMORY)
        time.sleep(0.2)
    os._exit(1)


def _take_slot(settings):
    """Returns this worker's number, held for as long as the process lives.

    A lock on a file goes with its process, so the worker that replaces a dead
    one finds the number, and with it the GPUs, free.
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
