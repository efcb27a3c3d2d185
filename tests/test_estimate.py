"""How long a search will take."""

import pytest

from nas_tf import trial
from nas_tf.search import estimate
from nas_tf.search.stopping import StoppingRule
from nas_tf.trial import Proposal
from nas_tf.trial import Result
from nas_tf.trial import Trial


def trials(*seconds, first=0):
    return [
        Trial(
            first + number,
            Proposal(number, 0, (0,), 0.0, 0),
            Result(trial.OK, 0.5, seconds=each),
        )
        for number, each in enumerate(seconds)
    ]


@pytest.mark.parametrize(
    "rule, expected",
    [
        ({"max_children": 12}, "This search takes about 40 seconds: "),
        (
            {"max_children": 10**6, "max_hours": 2},
            "There is time for about 2,400 more children in 2.0 hours: ",
        ),
        ({"max_children": 12, "max_hours": 2}, "This search takes about 40 s"),
        ({"patience": 3}, "A child takes 6 seconds, 2 children run"),
    ],
)
def test_the_limits_decide(rule, expected):
    rule = StoppingRule(**rule)
    if rule.max_hours is not None:
        rule.seconds_left = lambda: 7200.0
    found = estimate.text(trials(4.0, 8.0), rule, 2, 10)
    assert found.startswith(expected), found
    assert "a child takes 6 seconds, 2 children run at a time." in found.lower()


def test_a_resumed_search_is_told_the_rest():
    rule = StoppingRule(max_children=20)
    found = estimate.text(trials(3.0, 3.0, first=10), rule, 1, 6)
    assert found == "The rest takes about 30 seconds: a child takes 3 seconds."


def test_children_that_take_no_time_say_nothing():
    assert estimate.text(trials(0.0, 0.0), StoppingRule(), 1, 1) == ""


def test_the_last_children_say_nothing():
    rule = StoppingRule(max_children=2)
    assert estimate.text(trials(1.0, 1.0), rule, 1, 1) == ""
