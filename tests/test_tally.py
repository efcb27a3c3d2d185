"""Counts over trials, and the best of them."""

import pytest

from nas_tf.runs.tally import Tally
from nas_tf.runs.tally import best_of
from nas_tf.trial import NAN
from nas_tf.trial import OK
from nas_tf.trial import Proposal
from nas_tf.trial import Result
from nas_tf.trial import Trial


def trials(*rows):
    """Returns trials of rows of reward, status, spec and `reused`."""
    return [
        Trial(
            number,
            Proposal(number, 0, (), 0.0, 0),
            Result(status, reward, spec={"n": spec}),
            reused,
        )
        for number, (reward, status, spec, reused) in enumerate(rows)
    ]


TRIALS = trials(
    (0.5, OK, 1, None),
    (0.9, OK, 2, None),
    (0.9, OK, 3, None),
    (0.7, OK, 2, None),  # the second architecture again
    (9.0, NAN, 4, None),  # a failure, whatever its reward
    (0.95, OK, 5, 1),  # got the result of another trial
)


def test_counts():
    tally = Tally()
    assert (tally.failed, tally.best) == (0, None)
    for trial in TRIALS:
        tally.add(trial)
    assert tally.statuses == {OK: 5, NAN: 1}
    assert (tally.failed, tally.reused, tally.redrawn) == (1, 1, 0)
    assert tally.total_reward == pytest.approx(12.95)
    assert tally.best is TRIALS[5]


def test_the_first_of_equal_bests():
    tally = Tally()
    for trial in TRIALS[:3]:
        tally.add(trial)
    assert tally.best is TRIALS[1]


def test_the_best_are_of_different_architectures():
    assert best_of(TRIALS, 9) == [TRIALS[1], TRIALS[2], TRIALS[0]]
    assert best_of(TRIALS, 2) == TRIALS[1:3]
    assert best_of(TRIALS) == [TRIALS[1]]
    assert best_of([], 3) == []
