"""Specs that consist of the choices alone."""

import json

import pytest

from nas_tf.errors import UsageError
from nas_tf.specs.choices import Choices

SPEC = Choices(("units", "skip", "rate"), (32, (0, 2), 0.1))


def test_json_round_trip():
    record = json.loads(json.dumps(SPEC.to_json()))
    assert Choices.from_json(record) == SPEC


def test_it_is_described_and_drawn_choice_by_choice():
    assert SPEC.describe() == "units 32, skip (0, 2), rate 0.1"
    other = Choices(("units", "cell"), (32, "lstm"))
    assert other.graph().labels == ("units 32", "cell lstm")
    assert other.graph().edges == ((0, 1),)
    assert (other.legend(), other.lines(), other.depth()) == ("", [], None)


@pytest.mark.parametrize(
    "record",
    [
        {},
        [],
        None,
        {"choices": []},
        {"choices": [["units"]]},
        {"choices": [[1, 2]]},
        {"choices": 3},
    ],
)
def test_what_is_no_list_of_choices_is_refused(record):
    with pytest.raises(UsageError, match="^Expected .*Received: ") as caught:
        Choices.from_json(record)
    assert "\n" not in str(caught.value)
