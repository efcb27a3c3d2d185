"""Children from their submission to their result."""

import concurrent.futures
import dataclasses
import json
import time

import numpy as np
import pytest

from nas_tf import trial
from nas_tf.executors.base import Executor
from nas_tf.executors.inline import Inline
from nas_tf.search.children import Children
from nas_tf.trial import Proposal
from tests import toy


def proposal(number, actions=(0, 1, 0, 2, 0)):
    return Proposal(number, 0, actions, 0.0, number)


def children(executor, **options):
    evaluator = toy.ToyEvaluator(**options)
    return Children(toy.ToySpace(), toy.ToyTask(), evaluator, executor)


class Held(Executor):
    """Keeps futures until a test ends them."""

    num_workers = 2

    def __init__(self):
        self.futures = []

    def submit(self, function, /, *args):
        self.futures.append(concurrent.futures.Future())
        return self.futures[-1]

    def failure(self, future):
        return future.result() if isinstance(future.result(), tuple) else None


def test_a_result_is_the_evaluators():
    made = children(Inline())
    made.submit(proposal(3))
    ((ours, result),) = made.collect()
    assert ours == proposal(3)
    assert result.reward == toy.toy_reward(ours.actions)
    assert made.num_running == 0
    assert list(made.collect()) == []


def test_free_workers_are_counted():
    executor = Held()
    made = children(executor)
    for number in range(2):
        assert made.has_free_worker()
        made.submit(proposal(number))
    assert not made.has_free_worker()
    executor.num_workers = 3
    assert made.has_free_worker()


def test_a_cluster_without_workers_is_given_one_child():
    executor = Held()
    executor.num_workers = 0
    made = children(executor)
    assert made.has_free_worker()
    made.submit(proposal(0))
    assert not made.has_free_worker()


def test_children_come_in_the_order_of_finishing():
    executor = Held()
    made = children(executor)
    for number in range(3):
        made.submit(proposal(number))
    for number in (2, 0):
        executor.futures[number].set_result(trial.Result(trial.OK, number))
    assert [(ours, result.reward) for ours, result in made.collect()] == [
        (proposal(2), 2),
        (proposal(0), 0),
    ]
    assert made.num_running == 1


def test_a_dead_worker_is_a_result():
    executor = Held()
    made = children(executor)
    made.submit(proposal(1))
    executor.futures[0].set_result((trial.CRASHED, "exit code 3"))
    ((ours, result),) = made.collect()
    assert (result.status, result.error) == (trial.CRASHED, "exit code 3")
    assert result.reward == 0.0
    assert result.spec == toy.ToySpace().decode(ours.actions).to_json()
    assert abs(result.started + result.seconds - time.time()) < 5


def test_waiting_ends_with_the_time_that_is_left():
    made = children(Held())
    made.submit(proposal(0))
    began = time.monotonic()
    assert list(made.collect(seconds_left=0.1)) == []
    assert time.monotonic() - began < 5


def test_what_is_running_can_be_given_up():
    executor = Held()
    made = children(executor)
    made.submit(proposal(0))
    made.cancel()
    assert executor.futures[0].cancelled()


@pytest.mark.parametrize(
    "returned, status",
    [
        (None, trial.ERROR),
        (float("nan"), trial.ERROR),
        ({1, 2}, trial.ERROR),
        ("0.5", trial.ERROR),
        (True, trial.ERROR),
        (10**400, trial.ERROR),
        (np.array([0.5, 0.25]), trial.ERROR),
        (trial.Result("fine", 0.5), trial.ERROR),
        (trial.Result(trial.OK, None), trial.ERROR),
        (trial.Result(trial.OK, 0.5, metrics={"a": "b"}), trial.ERROR),
        (trial.Result(trial.OK, 0.5, metrics=None), trial.ERROR),
        (trial.Result(trial.OK, 0.5, spec={"a": {1}}), trial.ERROR),
        (trial.Result(trial.OK, 0.5, params=-1), trial.ERROR),
        (trial.Result(trial.OK, float("nan")), trial.NAN),
        (trial.Result(trial.OK, 0.5, metrics={"a": np.inf}), trial.NAN),
        (0.5, trial.OK),
        (np.float32(0.5), trial.OK),
        (np.array(0.5), trial.OK),
        (trial.Result(trial.OK, np.float64(0.5)), trial.OK),
        (
            trial.Result(trial.OK, 0.5, {"a": np.int8(3)}, params=np.int64(7)),
            trial.OK,
        ),
    ],
)
def test_whatever_an_evaluator_returns_is_a_result(returned, status):
    executor = Held()
    made = children(executor)
    made.submit(proposal(0))
    executor.futures[0].set_result(returned)
    ((_, result),) = made.collect()
    assert result.status == status
    assert result.reward == (0.5 if status == trial.OK else 0.0)
    # It can be a line of the journal.
    json.dumps(dataclasses.asdict(result), allow_nan=False)


def test_a_clock_that_is_set_changes_no_duration():
    executor = Held()
    made = children(executor)
    for number, seconds in enumerate((-17_999.0, 18_000.0)):
        made.submit(proposal(number))
        executor.futures[number].set_result(
            trial.Result(trial.OK, 0.5, started=5.0, seconds=seconds)
        )
    for _, result in made.collect():
        assert 0 <= result.seconds < 60
        assert abs(result.started - time.time()) < 60
