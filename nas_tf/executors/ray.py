"""Runs children on a Ray cluster: on this machine, or on any number.

Three kinds of processes are involved. The search's own process does not import
Ray. A process beside it (`_ray_driver`) joins or starts the cluster. On the
machines of the cluster, Ray's workers pass each child to a supervised process
(`_ray_worker`), which is that of the process executor. A child that fails is
therefore treated as there. All other failures are the cluster's, and Ray tries
the child again.
"""

import importlib.util

from nas_tf import checks
from nas_tf import limits
from nas_tf.errors import UsageError
from nas_tf.executors import _limits
from nas_tf.executors import _main_module
from nas_tf.executors._ray_link import ClusterGone
from nas_tf.executors._ray_link import Failed
from nas_tf.executors._ray_link import Link
from nas_tf.executors.base import Executor


class Ray(Executor):
    """Runs children as tasks of a Ray cluster.

    If a machine fails, its children are started again on another one.

    Args:
        address: None (default) to start Ray on this machine, reachable from
            this machine only; "auto" to join the cluster that this machine is
            part of, or "host:port" to join a particular one.
        workers: Maximum number of children at a time; None (default) for as
            many as the machines currently have room for. If Ray is started
            here, it is given room for that many.
        num_cpus: CPU cores of a child, > 0; with more than one, a child uses
            that many threads. Values below 1 let children share a core.
            Default: 1.
        num_gpus: GPUs of a child, a whole number or a fraction below 1, which
            lets children share a GPU. None (default) for as many devices as
            each child is trained on, or 0 if the cluster has no GPUs.
        time_limit: Maximum seconds for a child, > 0, or None (default).
        memory_limit: Memory in GB at which a child is ended, > 0. None
            (default) for nine tenths of its machine's, less 1 GB; see
            `nas_tf.executors.process`.
        recycle: Number of children after which a process is replaced, at least
            1, or None for never. Default: 32.

    Raises:
        UsageError: For values outside those ranges, if Ray is not installed, if
            there is no such cluster or it refuses access, or if none of its
            machines has room for a child.
    """

    def __init__(
        self,
        address=None,
        workers=None,
        num_cpus=1,
        num_gpus=None,
        time_limit=None,
        memory_limit=None,
        recycle=32,
    ):
        _check_address(address)
        options = {
            "workers": workers,
            "num_cpus": num_cpus,
            "num_gpus": num_gpus,
            "time_limit": time_limit,
            "memory_limit": memory_limit,
            "recycle": recycle,
        }
        _limits.check(options)
        checks.number(options, "num_cpus", above=0, maximum=limits.PROCESSES)
        checks.check(
            options,
            "num_gpus",
            num_gpus is None or _is_gpus(num_gpus),
            "None, a whole number or a fraction below 1",
        )
        if importlib.util.find_spec("ray") is None:
            raise UsageError(
                "Expected Ray for the executor 'ray': pip install "
                "'ray>=2.52'. Received: no module named 'ray'"
            )
        _main_module.check_guard()
        self.on_this_machine = address is None
        self._workers = workers
        self._num_cpus = num_cpus
        self._num_gpus = num_gpus
        self._devices = 1
        self._limits = {
            "time_limit": time_limit,
            "memory_limit": memory_limit,
            "recycle": recycle,
            "threads": max(1, int(num_cpus)),
        }
        self._link = Link(address, workers and workers * num_cpus)
        self._check_room()

    @property
    def num_workers(self):
        # At least one child is submitted, and waits until there is room.
        return max(1, self._room())

    def describe(self):
        return (
            f"{super().describe()} of Ray with {_show(self._resources())} each"
        )

    def reserve(self, devices):
        self._devices = devices
        self._check_room()

    def submit(self, function, /, *args, **kwargs):
        call = (function, args, kwargs)
        return self._link.submit(call, self._limits, self._resources())

    def warm_up(self, function, /, *args):
        for _ in range(self.num_workers):
            self._link.submit(
                (function, args, {}), self._limits, self._resources(), warm=True
            )

    def failure(self, future):
        error = future.exception()
        if isinstance(error, ClusterGone):
            # This is not the child's failure. Nothing is recorded, so that all
            # unfinished children are tried again when the run is resumed.
            raise UsageError(str(error))
        if isinstance(error, Failed):
            return error.status, error.reason
        return None

    def stop(self):
        self._link.stop()

    def _resources(self):
        gpus = self._num_gpus
        if gpus is None:
            has_gpus = any(node["GPU"] for node in self._link.nodes)
            gpus = self._devices if has_gpus else 0
        return {"CPU": self._num_cpus, "GPU": gpus}

    def _room(self):
        """Returns how many children fit on the current machines."""
        wanted = self._resources()
        room = sum(
            # Ray counts resources in units of 1/10,000.
            min(int(node[k] / n + 1e-4) for k, n in wanted.items() if n)
            for node in self._link.nodes
        )
        return room if self._workers is None else min(room, self._workers)

    def _check_room(self):
        if self._room() == 0:
            self.stop()
            wanted = self._resources()
            found = " or ".join(
                sorted({_show(node) for node in self._link.nodes})
            )
            raise UsageError(
                f"Expected a machine with {_show(wanted)} for each child. "
                f"Received: {found or 'no machine'}"
            )


def _check_address(address):
    good = address in (None, "auto")
    if isinstance(address, str) and not good and "/" not in address:
        host, _, port = address.rpartition(":")
        good = bool(host) and port.isdecimal() and 0 < int(port) < 2**16
    if not good:
        raise UsageError(
            f"Expected `address` to be None, 'auto' or 'host:port'. Received: "
            f"{address!r}"
        )


def _is_gpus(value):
    return (
        checks.is_number(value) and value >= 0 and (value < 1 or value % 1 == 0)
    )


def _show(resources):
    return f"{resources['CPU']:g} CPUs and {resources['GPU']:g} GPUs"


make = Ray
