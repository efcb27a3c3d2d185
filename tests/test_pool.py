"""Calls of a pool of worker processes, and what ends them."""

import concurrent.futures
import os
import signal
import time

import pytest

from nas_tf import trial
from nas_tf.executors.process import Process


@pytest.fixture(scope="module")
def executor():
    executor = Process(workers=1, time_limit=5, memory_limit=4)
    yield executor
    executor.stop()


def running(executor):
    future = executor.submit(time.sleep, 600)
    while not future.running():
        time.sleep(0.02)
    return future


def test_a_clock_that_is_set_ends_no_call(executor, monkeypatch):
    executor.submit(os.getpid).result(60)
    future = executor.submit(time.sleep, 1)
    monkeypatch.setattr(time, "time", lambda: 4e9)
    assert future.exception(60) is None


def test_a_call_that_is_cancelled_ends_with_its_worker(executor):
    before = executor.submit(os.getpid).result(60)
    future = running(executor)
    waiting = executor.submit(os.getpid)
    assert waiting.cancel() and waiting.cancelled()
    assert future.cancel()
    with pytest.raises(concurrent.futures.CancelledError):
        future.result(60)
    assert executor.submit(os.getpid).result(60) != before


def test_a_keeper_that_is_killed_is_replaced(executor):
    future = running(executor)
    os.kill(executor._pool._keeper.pid, signal.SIGKILL)
    future.exception(60)
    assert executor.failure(future) == (
        trial.CRASHED,
        "the worker was ended by SIGKILL",
    )
    assert executor.submit(os.getpid).result(60)
