"""Proposal, result and trial: lines of the journal and back."""

import dataclasses
import json

import pytest

from nas_tf.trial import NAN
from nas_tf.trial import OK
from nas_tf.trial import Proposal
from nas_tf.trial import Result
from nas_tf.trial import Trial
from nas_tf.trial import proposal_from_json

PROPOSAL = Proposal(7, 1, (2, 0, 5), -1 / 3, 99)
RESULT = Result(
    OK,
    0.1 + 0.2,
    {"val_accuracy": 1 / 3},
    {"layers": []},
    12,
    345,
    1.5e9,
    0.25,
    "",
)


def through_json(trial):
    return Trial.from_json(json.loads(json.dumps(trial.to_json())))


@pytest.mark.parametrize("reused", [None, 3])
def test_a_trial_is_read_back_exactly(reused):
    trial = Trial(4, PROPOSAL, RESULT, reused)
    assert through_json(trial) == trial
    assert ("reused" in trial.to_json()) == (reused is not None)


def test_a_line_is_flat():
    record = Trial(4, PROPOSAL, RESULT).to_json()
    names = {f.name for part in (Proposal, Result) for f in fields(part)}
    assert record.keys() == {"trial_id", *names} - {"reports"}
    pruned = Trial(4, PROPOSAL, dataclasses.replace(RESULT, reports=(0.5,)))
    assert pruned.to_json().keys() - record.keys() == {"reports"}
    assert Trial.from_json(json.loads(json.dumps(pruned.to_json()))) == pruned


def fields(part):
    return dataclasses.fields(part)


def test_a_line_of_an_earlier_version_has_no_multiply_adds():
    record = Trial(4, PROPOSAL, RESULT).to_json()
    del record["multiply_adds"]
    expected = dataclasses.replace(RESULT, multiply_adds=None)
    assert Trial.from_json(record).result == expected


@pytest.mark.parametrize("name", ["trial_id", "actions", "params", "error"])
def test_any_other_missing_field_is_an_error(name):
    record = Trial(4, PROPOSAL, RESULT).to_json()
    del record[name]
    with pytest.raises(KeyError, match=name):
        Trial.from_json(record)


def test_a_proposal_is_read_from_a_longer_line():
    assert proposal_from_json(Trial(4, PROPOSAL, RESULT).to_json()) == PROPOSAL


def test_success_is_a_status():
    assert Trial(0, PROPOSAL, RESULT).ok
    failed = Trial(0, PROPOSAL, Result(NAN, 0.5))
    assert not failed.ok
    assert failed.reward == 0.5


@pytest.mark.parametrize(
    "metrics, value",
    [
        ({"val_accuracy": 0.5, "accuracy": 0.9}, 0.5),
        ({"accuracy": 0.9}, 0.9),
        ({}, None),
    ],
)
def test_the_measure_is_that_on_validation(metrics, value):
    assert Result(OK, 0.1, metrics).measured("accuracy") == value
