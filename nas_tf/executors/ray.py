"""Runs children on a Ray cluster: on this machine, or on any number.

Three kinds of processes take part. The search's own knows nothing of Ray; one
beside it (`_ray_driver`) joins or starts the cluster; on the cluster's
machines Ray's workers hand each child to a supervised process (`_ray_worker`),
the same that the process executor has. What becomes of a child is thereby the
same as there; whatever else fails is the cluster's, and Ray tries again.
"""

import importlib.util

from nas_tf import checks
from nas_tf.errors import UsageError
from nas_tf.executors._ray_link import ClusterGone
from nas_tf.executors._ray_link import Failed
from nas_tf.executors._ray_link import Link
from nas_tf.executors.base import Executor


class Ray(Executor):
    """Children as tasks of a Ray cluster, tried again where a machine fails.

    Args:
        address: None to start Ray on this machine, where nothing but this
            machine can reach it; "auto" to join the cluster this machine is
            part of, or "host:port" to join that one.
        workers: How many children run at a time, at most; None for as many
            as the machines have room for at the moment. Ray that is started
            here has room for so many.
        num_cpus: Processors of a child, > 0; one with more than one uses so
            many threads. Less than 1 lets children share a processor.
        num_gpus: GPUs of a child, a whole number or a fraction below 1, which
            lets children share a GPU. None: as many as the search says a
            child is trained on, or 0 if the cluster has no GPUs.
        time_limit: Seconds a child may take, > 0, or None.
        memory_limit: Resident memory in GB at which a child is ended, > 0,
            or None.
        recycle: Children after which a process is replaced, >= 1, or None.

    Raises:
        UsageError: For values outside those ranges, without Ray, if there is
            no such cluster or it does not let us in, or if no machine of it
            has room for a child.
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
        checks.whole(options, "workers", "recycle", optional=True)
        checks.number(options, "num_cpus", above=0)
        checks.number(
            options, "time_limit", "memory_limit", above=0, optional=True
        )
        checks.check(
            options,
            "num_gpus",
            num_gpus is None or _is_gpus(num_gpus),
            "None, a whole number or a fraction below 1",
        )
        if importlib.util.find_spec("ray") is None:
            raise UsageError(
                "Expected Ray for the executor 'ray', from pip install "
                "'nas_tf[ray]'. Received: no module named 'ray'"
            )
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
        # One that there is no room for now waits until there is.
        return max(1, self._room())

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
            # No fact about a child: nothing is written down, so that all
            # that were under way are tried when the run goes on.
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
        """Returns how many children fit on the machines there are."""
        wanted = self._resources()
        room = sum(
            # Ray counts in ten thousandths.
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
