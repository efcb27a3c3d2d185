"""A process that ends with its parent."""

import subprocess
import sys
import time

import psutil
import pytest

CHILD = """
import itertools, os
from nas_tf.machine.parent import die_with
die_with({parent})
print(os.getpid(), flush=True)
# A loop in C: no thread of this process runs beside it.
sum(itertools.repeat(0))
"""
PARENT = f"""
import os, subprocess, sys
subprocess.Popen([sys.executable, "-c", {CHILD!r}.format(parent=os.getpid())])
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's prctl")
def test_ends_with_its_parent_even_in_native_code():
    with subprocess.Popen(
        [sys.executable, "-c", PARENT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        child = psutil.Process(int(parent.stdout.readline()))
        assert child.is_running()
        parent.kill()
        parent.wait()
        until = time.monotonic() + 10
        while child.is_running() and child.status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < until
            time.sleep(0.01)


def test_ends_at_once_if_the_parent_is_gone_already():
    done = subprocess.run(
        [sys.executable, "-c", CHILD.format(parent=1)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
