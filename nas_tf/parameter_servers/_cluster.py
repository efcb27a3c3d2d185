"""The tasks of a cluster, their addresses, and whether they respond."""

import concurrent.futures
import dataclasses
import itertools
import json
import os
import socket
import time

from nas_tf import checks
from nas_tf import limits
from nas_tf.errors import UsageError

VARIABLE = "TF_CONFIG"
CHIEF, SERVER, WORKER = "chief", "ps", "worker"
JOBS = (CHIEF, SERVER, WORKER)
# The preface of a client of HTTP/2, and settings that change nothing.
_BEGINNING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"


@dataclasses.dataclass(frozen=True)
class Cluster:
    """A cluster, as seen by one of its tasks.

    Attributes:
        jobs: Dict from each of `JOBS` to a list of its tasks' "host:port".
        job: The job of this task.
        index: The number of this task in its job, from 0.
    """

    jobs: dict
    job: str = CHIEF
    index: int = 0


def from_environment():
    """Returns the `Cluster` that `TF_CONFIG` describes, None without it.

    Raises:
        UsageError: If it is not a cluster with one chief, servers and workers.
    """
    text = os.environ.get(VARIABLE)
    if not text:
        return None
    try:
        record = json.loads(text)
        jobs, task = record["cluster"], record["task"]
        jobs = {job: list(addresses) for job, addresses in jobs.items()}
        job, index = task["type"], int(task["index"])
    except (ValueError, TypeError, KeyError, AttributeError):
        raise _refusal(
            'to be JSON such as {"cluster": {"chief": ["host:port"], "ps": '
            '[...], "worker": [...]}, "task": {"type": "ps", "index": 0}}',
            text,
        ) from None
    if (
        set(jobs) != set(JOBS)
        or len(jobs[CHIEF]) != 1
        or not all(jobs.values())
    ):
        raise _refusal(
            "to have a cluster of one 'chief' and some 'ps' and 'worker'", jobs
        )
    for address in itertools.chain(*jobs.values()):
        host, _, port = str(address).rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 65536:
            raise _refusal("to have addresses 'host:port'", address)
    if job not in JOBS or not 0 <= index < len(jobs[job]):
        raise _refusal("to have a task of the cluster", task)
    return Cluster(jobs, job, index)


def _refusal(wanted, received):
    return UsageError(f"Expected {VARIABLE} {wanted}. Received: {received}")


def hosts(cluster):
    """Returns the names of a cluster's machines, a list."""
    addresses = itertools.chain(*cluster.jobs.values())
    return [a.rpartition(":")[0].strip("[]") for a in addresses]


def check_sizes(servers, workers, cluster=None):
    """Raises `UsageError` for invalid numbers of tasks.

    Args:
        servers: Number of servers, at least 1.
        workers: Number of workers, at least 1.
        cluster: `Cluster` that must have these numbers, or None.
    """
    sizes = {"servers": servers, "workers": workers}
    checks.whole(sizes, "servers", "workers", maximum=limits.PROCESSES)
    if cluster is None:
        return
    found = (len(cluster.jobs[SERVER]), len(cluster.jobs[WORKER]))
    if found != (servers, workers):
        raise UsageError(
            f"Expected {found[0]} parameter servers and {found[1]} replicas, "
            f"as {VARIABLE} has them. Received: {servers} and {workers}"
        )


def answers(address, seconds=2.0):
    """Returns whether a process listens at "host:port"."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), seconds).close()
    except OSError:
        return False
    return True


def works(address, seconds=2.0):
    """Returns whether the process that listens at "host:port" works.

    The system also accepts connections for one that is stopped. A gRPC server
    that works says its settings to whoever begins as HTTP/2 has it (RFC 9113,
    section 3.4).
    """
    host, _, port = address.rpartition(":")
    place = host.strip("[]"), int(port)
    try:
        with socket.create_connection(place, seconds) as connection:
            connection.sendall(_BEGINNING)
            return bool(connection.recv(1))
    except OSError:
        return False


def silent(cluster):
    """Returns names of the servers and workers that do not work, a list."""
    tasks = [
        (f"{title} {index} at {address}", address)
        for job, title in ((SERVER, "parameter server"), (WORKER, "worker"))
        for index, address in enumerate(cluster.jobs[job])
    ]
    with concurrent.futures.ThreadPoolExecutor(max_workers=32) as pool:
        found = pool.map(works, [address for _, address in tasks])
        return [name for (name, _), good in zip(tasks, found) if not good]


def wait_for(addresses, seconds, check=lambda: None):
    """Waits until a process listens at each address.

    Args:
        addresses: List of "host:port".
        seconds: Longest time to wait.
        check: Function that is called repeatedly and raises an exception if
            waiting is useless.

    Raises:
        UsageError: If not all respond in that time.
    """
    deadline = time.monotonic() + seconds
    waiting = list(addresses)
    while waiting:
        check()
        waiting = [a for a in waiting if not answers(a)]
        if waiting and time.monotonic() > deadline:
            raise UsageError(
                f"Expected parameter servers and workers within {seconds:g} "
                f"s. Received: no answer from {', '.join(waiting)}"
            )
        if waiting:
            time.sleep(0.05)
