"""Threads are tried before native libraries need them."""

import os
import resource
import threading

import pytest

from nas_tf.machine import threads


@pytest.fixture
def limit():
    """Returns a function that sets the limit of processes and threads."""
    before = resource.getrlimit(resource.RLIMIT_NPROC)
    yield lambda count: resource.setrlimit(
        resource.RLIMIT_NPROC, (count, before[1])
    )
    resource.setrlimit(resource.RLIMIT_NPROC, before)


def test_threads_that_were_tried_have_ended():
    before = set(threading.enumerate())
    threads.check()
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize("count, asked", [(100, "1"), (5000, None)])
def test_few_threads_are_one_for_openblas(limit, monkeypatch, count, asked):
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    limit(count)
    threads.settle()
    found = os.environ.pop("OPENBLAS_NUM_THREADS", None)
    assert found == asked


def test_what_the_user_wants_of_openblas_stays(limit, monkeypatch):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "3")
    limit(100)
    threads.settle()
    assert os.environ["OPENBLAS_NUM_THREADS"] == "3"
