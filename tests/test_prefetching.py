"""Batches are made ahead of their use."""

import threading

import pytest

from nas_tf.training.prefetching import AHEAD
from nas_tf.training.prefetching import ahead


def counted(made, count=10):
    for number in range(count):
        made.append(number)
        yield number


def test_batches_come_whole_and_in_order():
    assert list(ahead(range(1, 9))) == list(range(1, 9))
    assert list(ahead(())) == []


def test_few_are_made_ahead_of_their_use():
    made = []
    batches = ahead(counted(made))
    for number in range(10):
        assert next(batches) == number
        assert len(made) <= number + 1 + AHEAD
    assert list(batches) == []


def test_they_are_made_while_another_is_used():
    made = threading.Event()

    def two():
        yield 1
        made.set()
        yield 2

    batches = ahead(two())
    assert next(batches) == 1
    assert made.wait(10)
    assert list(batches) == [2]


def test_what_goes_wrong_is_raised_where_a_batch_is_asked_for():
    def torn():
        yield 1
        raise OSError("torn")

    batches = ahead(torn())
    assert next(batches) == 1
    with pytest.raises(OSError, match="torn"):
        next(batches)


def test_the_thread_ends_with_the_generator():
    before = threading.active_count()
    batches = ahead(counted([]))
    next(batches)
    assert threading.active_count() == before + 1
    batches.close()
    assert threading.active_count() == before
