"""All processes of Ray end with the search or with Ray's driver."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

# A process that is kept, and an orphan that only SIGKILL ends.
KEPT = """
import multiprocessing.connection, subprocess, sys, time
from nas_tf.executors import _ray_keeper
connection = multiprocessing.connection.Connection(int(sys.argv[1]))
_ray_keeper.keep(connection)
orphan = subprocess.check_output(
    "trap '' INT TERM HUP; sleep 600 > /dev/null & echo $!", shell=True)
connection.send(int(orphan))
if connection.recv() == "wait":
    time.sleep(600)
"""


@pytest.mark.parametrize("end", ["search", "kill", "exit"])
def test_an_orphan_ends_when_either_is_gone(end):
    ours, theirs = multiprocessing.Pipe()
    with (
        subprocess.Popen(
            [sys.executable, "-c", KEPT, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
        ) as kept,
        ours,
    ):
        theirs.close()
        orphan = psutil.Process(ours.recv())
        assert orphan.ppid() != kept.pid == os.getpgid(orphan.pid)
        if end == "exit":
            ours.send("exit")
        else:
            ours.send("wait")
            # A message does not end anything.
            time.sleep(0.2)
            assert kept.poll() is None and is_alive(orphan)
            ours.close() if end == "search" else kept.kill()
        code = kept.wait(10)
    until = time.monotonic() + 10
    while is_alive(orphan):
        assert time.monotonic() < until
        time.sleep(0.02)
    assert code == (0 if end == "exit" else -signal.SIGKILL)


def is_alive(process):
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
