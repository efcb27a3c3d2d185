"""The process that the servers of one machine are forked from, the nursery.

Importing TensorFlow takes seconds. A process that is forked after the import
starts in milliseconds, and so does a replacement for a dead worker. The nursery
itself never starts TensorFlow's runtime, which does not work after a fork.

    python -m nas_tf.parameter_servers._nursery '{"jobs": ..., "driver": ...}'
"""

import json
import os
import signal
import sys
import time

from nas_tf.machine.parent import die_with
from nas_tf.parameter_servers import _cluster
from nas_tf.parameter_servers import _processes
from nas_tf.parameter_servers import _server

# Seconds before a dead worker is replaced, so that a worker that always fails
# does not keep the machine busy.
PAUSE = 1.0


def main(settings):
    # Ctrl-C reaches the whole group; the driver decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    die_with(settings["driver"])
    _processes.name_this("nas_nursery")
    _server.prepare()
    import tensorflow  # noqa: F401

    running = {}
    try:
        _run(settings["jobs"], running)
    except SystemExit:
        pass
    except BaseException as error:
        print(error, file=sys.stderr)
    finally:
        # Otherwise they would stay as zombies where no init process reaps them.
        for pid in running:
            os.kill(pid, signal.SIGKILL)
        for pid in running:
            os.waitpid(pid, 0)
        sys.stderr.flush()
        os._exit(1)


def _run(jobs, running):
    """Starts all servers and workers, and replaces dead workers.

    Args:
        jobs: See `Cluster`.
        running: Dict that is filled with process ids and their `Cluster`.
    """
    for job in (_cluster.SERVER, _cluster.WORKER):
        for index in range(len(jobs[job])):
            cluster = _cluster.Cluster(jobs, job, index)
            running[_fork(cluster)] = cluster
    while True:
        pid, _ = os.wait()
        cluster = running.pop(pid)
        # A server is not replaced: its variables are lost, which the driver
        # notices by itself.
        if cluster.job == _cluster.WORKER:
            time.sleep(PAUSE)
            running[_fork(cluster)] = cluster


def _fork(cluster):
    nursery = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        die_with(nursery)
        _processes.name_this(f"nas_{cluster.job}_{cluster.index}")
        address = cluster.jobs[cluster.job][cluster.index]
        port = int(address.rpartition(":")[2])
        with _processes.guarded(port), _processes.shared_ports():
            server = _server.begin(cluster)
        server.join()
    except BaseException as error:
        print(f"{cluster.job} {cluster.index}: {error}", file=sys.stderr)
    finally:
        # Exit without running the cleanup handlers of the nursery.
        sys.stderr.flush()
        os._exit(1)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
