"""The Pareto front, compared with one found by brute force."""

import random

from nas_tf import trial
from nas_tf.runs.archive import Archive
from nas_tf.trial import OK
from nas_tf.trial import Proposal
from nas_tf.trial import Result


def archive_of(results):
    archive = Archive()
    for number, result in enumerate(results):
        archive.add_trial(Proposal(number, 0, (), 0.0, 0), result)
    return archive


def dominates(a, b):
    costs = a.result.params, b.result.params
    return (
        costs[0] <= costs[1]
        and a.reward >= b.reward
        and (costs[0], a.reward) != (costs[1], b.reward)
    )


def test_the_front_is_what_nobody_dominates():
    rng = random.Random(0)
    for _ in range(50):
        archive = archive_of(
            Result(OK, rng.randint(0, 9) / 9, params=rng.randint(1, 9))
            for _ in range(rng.randint(1, 30))
        )
        expected = []
        for t in archive.trials:
            equals = [
                (e.result.params, e.reward) == (t.result.params, t.reward)
                for e in expected
            ]
            if any(equals):
                continue
            if not any(dominates(other, t) for other in archive.trials):
                expected.append(t)
        expected.sort(key=lambda t: t.result.params)
        assert archive.pareto_front() == expected


def test_failures_and_unknown_costs_are_not_on_the_front():
    archive = archive_of(
        [
            Result(trial.CRASHED, 0.9, params=1),
            Result(OK, 0.8, metrics={"latency": 2.0}),
            Result(OK, 0.5, params=3, metrics={"latency": 1.0}),
        ]
    )
    assert archive.pareto_front() == [archive.trials[2]]
    assert archive.pareto_front("latency") == archive.trials[:0:-1]
    assert Archive().pareto_front() == []


def test_a_size_of_the_result_goes_before_a_metric():
    archive = archive_of(
        [
            Result(OK, 0.5, multiply_adds=3, metrics={"multiply_adds": 9.0}),
            Result(OK, 0.8, metrics={"multiply_adds": 4.0}),
            Result(OK, 0.9, multiply_adds=8),
            Result(OK, 0.7, multiply_adds=9),
        ]
    )
    assert archive.pareto_front("multiply_adds") == archive.trials[:3]
