"""A collapse is told once."""

import dataclasses

from nas_tf import trial
from nas_tf.runs.archive import Archive
from nas_tf.search.diversity import Diversity


def searched(rows, derived, capsys, diversity=None):
    diversity = diversity or Diversity()
    archive = Archive()
    diversity.on_start(archive, None)
    for number, row in enumerate(rows):
        proposal = trial.Proposal(number, 0, row, 0.0, 0)
        result = trial.Result(trial.OK, 0.5)
        finished = archive.add_trial(proposal, result, derived=derived)
        diversity.on_trial(archive, finished)
    return capsys.readouterr().err


def test_a_collapse_is_told_once_and_of_judgements_only(capsys):
    rows = [(number % 19,) for number in range(250)]
    said = searched(rows, False, capsys)
    assert said.count("Only 19 of the last 100 architectures differ") == 1
    assert searched(rows, None, capsys) == ""
    assert searched(rows[:99], False, capsys) == ""
    rows = [(number % 20,) for number in range(250)]
    assert searched(rows, False, capsys) == ""


def test_what_earlier_starts_judged_counts(capsys):
    archive = Archive()
    for number in range(99):
        proposal = trial.Proposal(number, 0, (1,), 0.0, 0)
        archive.add_trial(proposal, trial.Result(trial.OK, 0.5), derived=False)
    diversity = Diversity()
    diversity.on_start(archive, None)
    last = dataclasses.replace(archive.trials[-1], trial_id=99)
    diversity.on_trial(archive, last)
    assert "Only 1 of the last 100" in capsys.readouterr().err
