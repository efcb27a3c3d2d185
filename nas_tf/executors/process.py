"""Runs children in worker processes of this machine."""

import itertools
import os
import re
import shutil
import signal
import subprocess

from nas_tf import checks
from nas_tf import limits
from nas_tf import trial
from nas_tf.executors import _call
from nas_tf.executors import _limits
from nas_tf.executors import _main_module
from nas_tf.executors import _pool
from nas_tf.executors import worker
from nas_tf.executors.base import Executor
from nas_tf.machine import memory
from nas_tf.machine import processors
from nas_tf.training.devices import check as check_devices

# A worker with TensorFlow has a few hundred MB before its first child.
LEAST_MEMORY = 1.5
# What the search's own process has, in GB.
OWN_MEMORY = 1.0
# A number, or a part of the name of a GPU or of a part of one.
_GPU = re.compile(r"\d+$|GPU-[\da-f-]+$|MIG-.", re.IGNORECASE)


class Process(Executor):
    """Worker processes that train many children each.

    Libraries do not return all the memory that a child used, so a worker is
    replaced after `recycle` children. A worker has its share of the cores and,
    where there are GPUs, as many as `reserve` says, by default one. It ends
    with the process that started it. Whatever its children have started ends
    with it, see `nas_tf.executors._keeper`.

    Args:
        workers: Number of worker processes. None (default) for as many as the
            GPUs suffice for or, without GPUs, one per core.
        time_limit: Maximum seconds for a child, > 0, or None (default).
        memory_limit: Memory in GB at which a worker is ended, > 0; mapped files
            do not count. None (default) for a worker's share of nine tenths of
            the machine's memory, or of a lower limit of this process's control
            group, less 1 GB for the search's own process. A share is at least
            1.5 GB.
        recycle: Number of children after which a worker is replaced, at least
            1, or None for never. Default: 32.
        threads: Threads of a worker, at least 1; None (default) for its share
            of the cores.

    Raises:
        UsageError: For values outside those ranges, or in a script without
            `if __name__ == "__main__":`.
    """

    def __init__(
        self,
        workers=None,
        time_limit=None,
        memory_limit=None,
        recycle=32,
        threads=None,
    ):
        options = {
            "workers": workers,
            "time_limit": time_limit,
            "memory_limit": memory_limit,
            "recycle": recycle,
            "threads": threads,
        }
        _limits.check(options)
        checks.whole(
            options, "threads", maximum=limits.PROCESSES, optional=True
        )
        _main_module.check_guard()
        self.time_limit = time_limit
        self._memory_limit = memory_limit
        self._recycle = recycle
        self._workers = workers
        self._threads = threads
        self._gpus = find_gpus()
        self._pool = None
        self._kills = memory.kills()
        self._share_out(1)

    def describe(self):
        count, settings = self.num_workers, self._settings
        processes = f"{count} worker process{'es' if count > 1 else ''}"
        if settings.gpus:
            gpus = len(settings.gpus)
            return f"{processes} on {gpus} GPU{'s' if gpus > 1 else ''}"
        threads = settings.threads
        each = f"{threads} thread{'s' if threads > 1 else ''} each"
        return f"{processes} on the CPU, {each}"

    def reserve(self, devices):
        check_devices(devices, len(self._gpus))
        self._end_pool()
        self._share_out(devices)

    def _share_out(self, devices):
        """Decides how many workers there are and what each may use."""
        cores = processors.count()
        self.num_workers = self._workers or len(self._gpus) // devices or cores
        self._settings = worker.Settings(
            driver=os.getpid(),
            number=0,
            threads=self._threads or max(1, cores // self.num_workers),
            gpus=self._gpus,
            devices=devices,
            memory_limit=self._memory_limit or _share(self.num_workers),
        )

    def submit(self, function, /, *args, **kwargs):
        return self._schedule((function, args, kwargs), self.time_limit, False)

    def warm_up(self, function, /, *args):
        """See `Executor`; returns the futures of the calls."""
        call = (function, args, {})
        count = self.num_workers
        return [self._schedule(call, None, True) for _ in range(count)]

    def _schedule(self, call, timeout, warm):
        pickled = _main_module.dumps(call)
        if self._pool is None:
            self._pool = _pool.Pool(
                self.num_workers, self._settings, self._recycle
            )
        return self._pool.submit(pickled, timeout, warm)

    def failure(self, future):
        error = future.exception()
        if isinstance(error, _call.Died):
            return self._death(error.exit_code)
        if isinstance(error, _call.NeverBegan):
            return (
                trial.CRASHED,
                "its worker ended before the child began",
            )
        if isinstance(error, _call.OutOfTime):
            return trial.TIMEOUT, f"ended after {self.time_limit} s"
        if isinstance(error, _call.CannotStart):
            # This is not the child's failure, so nothing is recorded.
            raise error
        return None

    def _death(self, exit_code):
        if exit_code == worker.OVER_MEMORY:
            limit = self._settings.memory_limit
            return (
                trial.OOM,
                f"the worker was over its memory limit of {limit:.3g} GB",
            )
        if exit_code >= 0:
            return trial.CRASHED, f"the worker exited with code {exit_code}"
        name = signal.Signals(-exit_code).name
        if name == "SIGKILL" and self._kernel_did_it():
            return trial.OOM, "the kernel ended the worker for lack of memory"
        return trial.CRASHED, f"the worker was ended by {name}"

    def _kernel_did_it(self):
        """Returns whether the kernel's count of its kills explains a death."""
        if self._kills is None or (memory.kills() or 0) <= self._kills:
            return False
        # Each kill explains one death.
        self._kills += 1
        return True

    def _end_pool(self):
        if self._pool is not None:
            self._pool.stop()
            self._pool = None

    def stop(self):
        self._end_pool()


def _share(workers):
    """Returns the memory of a worker in GB."""
    whole = 0.9 * memory.machine() / 1e9 - OWN_MEMORY
    return max(LEAST_MEMORY, whole / workers)


def find_gpus():
    """Returns the names of the NVIDIA GPUs this process may use."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        names = (name.strip() for name in visible.split(","))
        # CUDA ignores everything from the first invalid entry on, such as -1
        # or the words of batch systems for none: NoDevFiles, none, void.
        return tuple(itertools.takewhile(_GPU.match, names))
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
