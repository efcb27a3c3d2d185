"""Calls of a pool of worker processes, and what ends them."""

import concurrent.futures
import errno
import os
import pickle
import signal
import threading
import time

import pytest

from nas_tf import trial
from nas_tf.executors import _ray_worker
from nas_tf.executors._call import CannotStart
from nas_tf.executors._pool import Pool
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


def refuse(*_):
    raise OSError(errno.EMFILE, "Too many open files")


@pytest.fixture
def full(monkeypatch):
    """Lets no connection to a worker be made."""
    monkeypatch.setattr(Pool, "_start_worker", refuse)


@pytest.fixture
def stopped():
    executor = Process(workers=1)
    yield executor
    executor.stop()


def test_what_a_pool_cannot_start_fails_later_calls_too(full, stopped):
    [warmed_up] = stopped.warm_up(os.getpid)
    assert isinstance(warmed_up.exception(60), CannotStart)
    for _ in range(2):
        with pytest.raises(CannotStart, match="Received: Too many open files"):
            stopped.submit(os.getpid)


def test_a_pool_that_ends_at_once_does_not_forget_its_first_call(
    full, stopped, monkeypatch
):
    start = threading.Thread.start

    def slow_start(thread):
        start(thread)
        time.sleep(0.5)

    monkeypatch.setattr(threading.Thread, "start", slow_start)
    future = stopped.submit(os.getpid)
    assert isinstance(future.exception(60), CannotStart)


def test_a_pool_without_a_thread_is_started_with_the_next_call(
    stopped, monkeypatch
):
    def refuse(_):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(CannotStart, match="can't start new thread"):
            stopped.submit(os.getpid)
    assert stopped.submit(os.getpid).result(60)


def test_any_error_of_the_thread_is_told(stopped, monkeypatch):
    def fail(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(Pool, "_staff", fail)
    with pytest.raises(ZeroDivisionError):
        stopped.submit(os.getpid).result(60)
    with pytest.raises(ZeroDivisionError):
        stopped.submit(os.getpid)


def test_a_worker_of_rays_gets_a_new_pool_for_one_that_cannot_start(
    monkeypatch,
):
    for name in ("_pool", "_made_for"):
        monkeypatch.setattr(_ray_worker, name, None)
    monkeypatch.setattr(_ray_worker, "_settle_in", lambda _: None)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")

    def run():
        call = pickle.dumps((os.getpid, (), {}))
        return _ray_worker.run({}, {}, False, call, False)

    with monkeypatch.context() as patch:
        patch.setattr(Pool, "_start_worker", refuse)
        with pytest.raises(CannotStart):
            run()
    try:
        assert run()[0] == "returned"
    finally:
        _ray_worker._pool.stop()


def test_warming_up_is_no_child_after_which_a_worker_is_replaced():
    executor = Process(workers=1, recycle=1)
    try:
        [warmed_up] = executor.warm_up(os.getpid)
        first, second = (executor.submit(os.getpid) for _ in range(2))
        assert first.result(60) == warmed_up.result(60) != second.result(60)
    finally:
        executor.stop()
