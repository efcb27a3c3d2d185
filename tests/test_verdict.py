"""The winner's score and its interval."""

import dataclasses

import pytest

from nas_tf import registry
from nas_tf import trial
from nas_tf.runs.archive import Archive
from nas_tf.search import verdict
from nas_tf.tasks.base import NoTask
from nas_tf.trial import Proposal
from nas_tf.trial import Result
from tests import toy

DIGITS = registry.make("tasks", "digits")


def archive_of(*accuracies):
    archive = Archive()
    for number, value in enumerate(accuracies):
        result = Result(
            trial.OK, value**3, {"val_accuracy": value}, spec={"n": number}
        )
        archive.add_trial(Proposal(number, 0, (number,), 0.0, 0), result)
    return archive


def said(archive, task=DIGITS):
    return " ".join(verdict.text(archive, task).split())


def test_the_winner_has_an_interval_and_near_rivals():
    # Wilson's interval of 594 of 600.
    assert said(archive_of(0.98, 0.99, 0.9)).startswith(
        "Trial 1 has an accuracy of 99.00% on 600 validation examples; the "
        "95 % interval is 97.84% to 99.54%. 1 other child is within it."
    )
    assert "within it" not in said(archive_of(0.99, 0.5))


@dataclasses.dataclass(frozen=True)
class Many(type(DIGITS)):
    def num_examples(self, split):
        return 10_000


def test_few_examples_are_a_warning_with_the_step():
    assert "come in steps of 0.17%." in said(archive_of(0.99, 0.5))
    assert "Warning" not in said(archive_of(0.99, 0.5), Many())


@pytest.mark.parametrize(
    "archive, task",
    [
        (archive_of(), DIGITS),
        (archive_of(0.5), NoTask()),
        (archive_of(0.5), toy.ToyTask()),
        (archive_of(0.5), registry.make("tasks", "pydoc_topics")),
    ],
)
def test_nothing_is_said_of_other_measures(archive, task):
    assert verdict.text(archive, task) == ""
