"""Nothing that a child has started outlives its worker or the search."""

import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import time

import psutil
import pytest

from nas_tf import trial
from nas_tf.executors.process import Process
from tests import calls

ROOT = pathlib.Path(__file__).parent.parent
WAYS = (*calls.LEFTOVERS, "fork")

# A process with two workers, each of which leaves something behind.
DRIVER = """
import sys, time
from nas_tf.executors.process import Process
from tests import calls
if __name__ == "__main__":
    executor = Process(workers=2, memory_limit=4)
    ways = [*calls.LEFTOVERS, "fork"]
    futures = [executor.submit(calls.leave_behind, way) for way in ways]
    pids = [pid for future in futures for pid in future.result(60)]
    print(*pids, flush=True)
    time.sleep(600)
"""


def wait_until_gone(pids, seconds=10):
    until = time.monotonic() + seconds
    while left := [pid for pid in pids if is_alive(pid)]:
        assert time.monotonic() < until, [
            psutil.Process(pid).cmdline() for pid in left
        ]
        time.sleep(0.02)


def is_alive(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_what_children_start_ends_with_their_worker():
    executor = Process(workers=1, recycle=len(WAYS), memory_limit=4)
    try:
        pids = []
        for way in WAYS:
            pids += executor.submit(calls.leave_behind, way).result(60)
        assert len(pids) == len(WAYS)
        # A copy of a worker ends by itself; the others live while it does.
        wait_until_gone(pids, seconds=20)
        # Nothing has ended the executor: the next worker is another.
        assert executor.submit(os.getpid).result(60) not in pids
    finally:
        executor.stop()


@pytest.mark.parametrize(
    "end, status, reason",
    [
        (os._exit, trial.CRASHED, "the worker exited with code 0"),
        (signal.raise_signal, trial.CRASHED, "the worker was ended by SIGTERM"),
        (time.sleep, trial.TIMEOUT, "ended after 3 s"),
    ],
)
def test_a_worker_that_is_ended_leaves_nothing(tmp_path, end, status, reason):
    executor = Process(workers=1, time_limit=3, memory_limit=4)
    noted = tmp_path / "pids"
    argument = {os._exit: 0, time.sleep: 600}.get(end, signal.SIGTERM)
    try:
        executor.submit(os.getpid).result(60)
        future = executor.submit(_leave_and_end, noted, end, argument)
        assert executor.failure(_finished(future)) == (status, reason)
        wait_until_gone(map(int, noted.read_text().split()))
    finally:
        executor.stop()


def _finished(future):
    future.exception(60)
    return future


def _leave_and_end(noted, end, argument):
    pids = [pid for way in calls.LEFTOVERS for pid in calls.leave_behind(way)]
    calls.write_down(noted, pids)
    end(argument)


@pytest.mark.parametrize("killed", ["driver", "keeper", "group"])
def test_nothing_is_left_after_a_kill(killed, tmp_path):
    script = tmp_path / "driver.py"
    script.write_text(DRIVER)
    with subprocess.Popen(
        [sys.executable, script],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as driver:
        left = list(map(int, driver.stdout.readline().split()))
        below = psutil.Process(driver.pid).children(recursive=True)
        (keeper,) = [child for child in below if child.ppid() == driver.pid]
        if killed == "driver":
            driver.kill()
        elif killed == "group":
            os.killpg(driver.pid, signal.SIGKILL)
        else:
            keeper.kill()
        # What has no token of the keeper's is lost with it. It may still be the
        # shell, or one of the commands by which that starts it.
        for child in below if killed == "keeper" else ():
            with contextlib.suppress(psutil.Error):
                if any("/bin/sleep" in part for part in child.cmdline()):
                    child.kill()
        try:
            wait_until_gone({*left, *(child.pid for child in below)})
        finally:
            driver.kill()
