"""Starts a cluster on this machine, or joins the one in `TF_CONFIG`."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time

from nas_tf.errors import UsageError
from nas_tf.machine import loopback
from nas_tf.machine import people
from nas_tf.parameter_servers import _cluster
from nas_tf.parameter_servers import _processes
from nas_tf.parameter_servers import _server

# Longest time in seconds for servers to start. Those on other machines may be
# started later.
SECONDS_HERE = 120
SECONDS_ELSEWHERE = 600
# A server ends if the chief has been unreachable for this time, once it has
# been seen.
SECONDS_WITHOUT_CHIEF = 30


@contextlib.contextmanager
def start(servers, workers, allow_other_users=False):
    """Starts parameter servers and workers, or joins those of `TF_CONFIG`.

    TensorFlow variables that this process had before cannot be used afterwards.
    Servers started here end with the thread that called this function.

    Args:
        servers: Number of servers that hold the variables, the paper's S, at
            least 1.
        workers: Number of workers that sample and compute gradients, the
            paper's K, at least 1.
        allow_other_users: Whether servers are started here although other
            people use this machine, who could run programs as this user
            through them. Default: False.

    Yields:
        The placement for `Strategy.place_on`. Servers and workers started here
        end with the context, or with this process, however it ends.

    Raises:
        UsageError: For invalid numbers or an invalid `TF_CONFIG`, if other
            people use this machine, or if servers do not start.
    """
    cluster = _cluster.from_environment()
    _cluster.check_sizes(servers, workers, cluster)
    if cluster is None and not allow_other_users:
        _check_nobody_else()
    hosts = () if cluster is None else _cluster.hosts(cluster)
    with loopback.without_proxy(hosts):
        yield from _started(cluster, servers, workers)


def _check_nobody_else():
    names = people.others()
    if names:
        raise UsageError(
            f"Expected a machine that nobody else uses: anyone on it could run "
            f"programs as you through TensorFlow's servers, which ask for no "
            f"password. --allow_other_users starts them all the same. "
            f"Received: processes of {', '.join(names)[:200]}"
        )


def _started(cluster, servers, workers):
    """Yields the placement once; see `start`."""
    if cluster is not None:
        _cluster.wait_for(_served(cluster.jobs), SECONDS_ELSEWHERE)
        with _placed(cluster) as place:
            yield place
        return
    with contextlib.ExitStack() as stack:
        ports = []
        for _ in range(1 + servers + workers):
            reserved = stack.enter_context(_processes.reserve_port())
            ports.append(f"127.0.0.1:{reserved.getsockname()[1]}")
        jobs = {
            _cluster.CHIEF: ports[:1],
            _cluster.SERVER: ports[1 : 1 + servers],
            _cluster.WORKER: ports[1 + servers :],
        }
        stack.enter_context(_nursery(jobs))
        port = int(ports[0].rpartition(":")[2])
        with _processes.guarded(port), _processes.shared_ports():
            place = stack.enter_context(_placed(_cluster.Cluster(jobs)))
        yield place


def _placed(cluster):
    from nas_tf.parameter_servers._place import Remote

    return contextlib.closing(Remote(cluster))


def _served(jobs):
    return jobs[_cluster.SERVER] + jobs[_cluster.WORKER]


@contextlib.contextmanager
def _nursery(jobs):
    """Runs the nursery; all its servers respond within the context."""
    settings = json.dumps({"jobs": jobs, "driver": os.getpid()})
    with tempfile.TemporaryFile("w+") as notes:
        nursery = subprocess.Popen(
            [sys.executable, "-m", f"{__package__}._nursery", settings],
            stdin=subprocess.DEVNULL,
            stdout=notes,
            stderr=notes,
            # The same as in this process, however it was set.
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )

        def check():
            if nursery.poll() is not None:
                notes.seek(0)
                lines = notes.read().strip().splitlines() or ["no reason"]
                raise UsageError(
                    f"Expected parameter servers to start. Received: "
                    f"{lines[-1]}"
                )

        try:
            _cluster.wait_for(_served(jobs), SECONDS_HERE, check)
            yield
        finally:
            _processes.end(nursery)


def serves():
    """Returns whether this process is a server or worker of a cluster.

    Raises:
        UsageError: For an invalid `TF_CONFIG`.
    """
    cluster = _cluster.from_environment()
    return cluster is not None and cluster.job != _cluster.CHIEF


def serve(seconds=SECONDS_WITHOUT_CHIEF):
    """Serves as the task in `TF_CONFIG`, until the chief is gone.

    The chief may start later. Once it has been seen, this function returns
    when it has been unreachable for `seconds`. The server continues until the
    process ends.

    Args:
        seconds: That time. Default: 30.

    Returns:
        The server.
    """
    cluster = _cluster.from_environment()
    _server.prepare()
    with loopback.without_proxy(_cluster.hosts(cluster)):
        return _serve(cluster, seconds)


def _serve(cluster, seconds):
    server = _server.begin(cluster)
    [chief] = cluster.jobs[_cluster.CHIEF]
    print(
        f"Serving as {cluster.job} {cluster.index} at "
        f"{cluster.jobs[cluster.job][cluster.index]}, until the chief at "
        f"{chief} has been gone for {seconds:g} seconds.",
        flush=True,
    )
    last_seen = None
    while last_seen is None or time.monotonic() < last_seen + seconds:
        if _cluster.answers(chief):
            last_seen = time.monotonic()
        time.sleep(min(1.0, seconds / 4))
    return server
