"""The number, the GPUs and the errors of a worker process."""

import os
import pickle

import pytest

from nas_tf.executors import worker
from tests import calls


def settings(**changes):
    return worker.Settings(
        **{
            "driver": os.getpid(),
            "number": 0,
            "threads": 1,
            "gpus": (),
            "devices": 1,
            "memory_limit": None,
            **changes,
        }
    )


def call(function, *args):
    return worker.call(pickle.dumps((function, args, {})))


def test_result_of_a_call_is_that_of_the_function():
    assert call(divmod, 7, 2) == (3, 1)


def test_an_error_that_can_be_pickled_is_raised_as_it_is():
    with pytest.raises(TimeoutError, match="of its own"):
        call(calls.raise_timeout)


@pytest.mark.parametrize(
    "function", [calls.raise_awkward, calls.leave, calls.interrupt]
)
def test_any_other_error_is_named(function):
    with pytest.raises(RuntimeError, match="Awkward: 1 2|SystemExit|KeyboardI"):
        call(function)


def test_arguments_that_cannot_be_unpickled_are_an_error():
    with pytest.raises(ZeroDivisionError):
        call(len, calls.Unloadable())


@pytest.mark.parametrize(
    "number, devices, share",
    [
        (0, 1, ["4"]),
        (1, 2, ["6", "4"]),
        (3, 1, ["4"]),
        (0, 3, ["4", "5", "6"]),
    ],
)
def test_gpus_are_shared_out_in_turn(number, devices, share):
    given = settings(gpus=("4", "5", "6"), devices=devices, number=number)
    assert worker._share(given) == share
