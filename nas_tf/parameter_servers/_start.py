"""Starting a cluster on this machine, or joining one as `TF_CONFIG` says."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time

from nas_tf.errors import UsageError
from nas_tf.parameter_servers import _cluster
from nas_tf.parameter_servers import _processes
from nas_tf.parameter_servers import _server

# Seconds that servers have to come up; other machines may be started later.
SECONDS_HERE = 120
SECONDS_ELSEWHERE = 600
# A server that has seen the chief ends when it was not there for so long.
SECONDS_WITHOUT_CHIEF = 30


@contextlib.contextmanager
def start(servers, workers):
    """Starts parameter servers and workers, or joins those of `TF_CONFIG`.

    TensorFlow variables this process had before are of no use from then on.
    Servers started here end with the thread this is called in.

    Args:
        servers: How many share out the variables, the paper's S, >= 1.
        workers: How many sample and compute gradients, the paper's K, >= 1.

    Yields:
        The place for `Strategy.place_on`. Those started here are ended with
        the context, or with this process, however it ends.

    Raises:
        UsageError: For bad numbers or a bad `TF_CONFIG`, or if servers do not
            come up.
    """
    cluster = _cluster.from_environment()
    _cluster.check_sizes(servers, workers, cluster)
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
        with _processes.shared_ports():
            place = stack.enter_context(_placed(_cluster.Cluster(jobs)))
        _processes.listen_on_loopback_only(int(ports[0].rpartition(":")[2]))
        yield place


def _placed(cluster):
    from nas_tf.parameter_servers._place import Remote

    return contextlib.closing(Remote(cluster))


def _served(jobs):
    return jobs[_cluster.SERVER] + jobs[_cluster.WORKER]


@contextlib.contextmanager
def _nursery(jobs):
    """Runs the process the servers are forked from, with all of them up."""
    settings = json.dumps({"jobs": jobs, "driver": os.getpid()})
    with tempfile.TemporaryFile("w+") as notes:
        nursery = subprocess.Popen(
            [sys.executable, "-m", f"{__package__}._nursery", settings],
            stdin=subprocess.DEVNULL,
            stdout=notes,
            stderr=notes,
            # As here, however this process came by it.
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
        UsageError: For a bad `TF_CONFIG`.
    """
    cluster = _cluster.from_environment()
    return cluster is not None and cluster.job != _cluster.CHIEF


def serve(seconds=SECONDS_WITHOUT_CHIEF):
    """Serves as the task `TF_CONFIG` names, until the chief is gone.

    The chief may come later; from when it has been seen on, this returns
    after it could not be reached for a while. The server then lives on until
    the process ends.

    Args:
        seconds: How long that is.
    """
    cluster = _cluster.from_environment()
    _server.prepare()
    server = _server.begin(cluster)
    [chief] = cluster.jobs[_cluster.CHIEF]
    last_seen = None
    while last_seen is None or time.monotonic() < last_seen + seconds:
        if _cluster.answers(chief):
            last_seen = time.monotonic()
        time.sleep(min(1.0, seconds / 4))
    return server
