"""Runs children in worker processes of this machine."""

import multiprocessing
import os
import shutil
import signal
import subprocess
import tempfile

import pebble

from nas_tf import trial
from nas_tf.errors import UsageError
from nas_tf.executors import worker
from nas_tf.executors.base import Executor


class Process(Executor):
    """Worker processes, each for many children, each in turn replaced.

    Nothing gives back all the memory that a child took, so a worker is
    replaced after `recycle` children. A worker has its share of the cores
    and, where there are GPUs, one of them. It ends when the driver does.

    Args:
        workers: Number of worker processes; None for one a GPU or, without
            GPUs, one a core.
        time_limit: Seconds a child may take, > 0, or None.
        memory_limit: Resident memory in GB at which a worker is ended, > 0,
            or None.
        recycle: Children after which a worker is replaced, >= 1.

    Raises:
        UsageError: For values outside those ranges.
    """

    def __init__(
        self, workers=None, time_limit=None, memory_limit=None, recycle=32
    ):
        for name, value, kind in (
            ("workers", workers, int),
            ("time_limit", time_limit, (int, float)),
            ("memory_limit", memory_limit, (int, float)),
            ("recycle", recycle, int),
        ):
            if value is not None and not (
                isinstance(value, kind) and value > 0
            ):
                raise UsageError(f"Expected `{name}` > 0. Received: {value!r}")
        gpus = find_gpus()
        cores = len(os.sched_getaffinity(0))
        self.num_workers = workers or len(gpus) or cores
        self.time_limit = time_limit
        self._slots = tempfile.mkdtemp(prefix="nas_tf_workers_")
        settings = worker.Settings(
            driver=os.getpid(),
            slots=self._slots,
            num_workers=self.num_workers,
            threads=max(1, cores // self.num_workers),
            gpus=gpus,
            memory_limit=memory_limit,
        )
        self._pool = pebble.ProcessPool(
            max_workers=self.num_workers,
            max_tasks=recycle or 0,
            initializer=worker.start,
            initargs=(settings,),
            context=multiprocessing.get_context("spawn"),
        )

    def submit(self, function, /, *args, **kwargs):
        return self._pool.schedule(
            function, args=args, kwargs=kwargs, timeout=self.time_limit
        )

    def warm_up(self, function, /, *args):
        for _ in range(self.num_workers):
            self._pool.schedule(function, args=args)

    def failure(self, future):
        error = future.exception()
        if isinstance(error, pebble.ProcessExpired):
            return _death(error.exitcode)
        # One the function raised itself comes with the traceback of its
        # process as the cause.
        if isinstance(error, TimeoutError) and error.__cause__ is None:
            return trial.TIMEOUT, f"ended after {self.time_limit} s"
        return None

    def stop(self):
        self._pool.stop()
        self._pool.join()
        shutil.rmtree(self._slots, ignore_errors=True)


def _death(exit_code):
    if exit_code == worker.OVER_MEMORY:
        return trial.OOM, "the worker was over its memory limit"
    if exit_code is not None and exit_code < 0:
        name = signal.Signals(-exit_code).name
        return trial.CRASHED, f"the worker was ended by {name}"
    return trial.CRASHED, f"the worker exited with code {exit_code}"


def find_gpus():
    """Returns the names of the NVIDIA GPUs this process may use."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return tuple(name for name in visible.split(",") if name.strip())
    if shutil.which("nvidia-smi") is None:
        return ()
    listing = subprocess.run(
        ["nvidia-smi", "--query-gpu=index", "--format=csv,noheader"],
        capture_output=True,
        text=True,
        check=False,
    )
    return tuple(listing.stdout.split()) if listing.returncode == 0 else ()


make = Process
