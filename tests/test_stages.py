"""Candidates trained briefly, as trials of a run."""

import json
import pathlib

import numpy as np
import pytest

from nas_tf import registry
from nas_tf import trial
from nas_tf.errors import UsageError
from nas_tf.seeds import derive_seed
from nas_tf.train import stages
from nas_tf.train.candidates import Candidate
from nas_tf.trial import Proposal
from nas_tf.trial import Result
from nas_tf.trial import Trial

SPACE = registry.make("spaces", "conv(num_layers=1, num_filters=(4,))")
TASK = registry.make("tasks", "digits(epochs=1, train_examples=200)")
SPEC = SPACE.decode((0,) * len(SPACE.decisions))


def candidate(rate):
    return Candidate("one layer", SPEC, (("learning_rate", rate),))


def test_the_best_is_chosen_and_trained_once(tmp_path):
    candidates = [candidate(1e30), candidate(0.1)]
    best, found = stages.best_candidate(candidates, SPACE, TASK, tmp_path)
    assert best == candidates[1] and found.ok
    lines = (tmp_path / "trials.jsonl").read_text().splitlines()
    assert [json.loads(line)["status"] for line in lines] == ["nan", "ok"]
    assert list((tmp_path / "states").iterdir()) == []
    again, _ = stages.best_candidate(candidates, SPACE, TASK, tmp_path)
    assert again == best
    assert (tmp_path / "trials.jsonl").read_text().splitlines() == lines


def test_a_stage_in_which_all_fail_is_told_in_one_line(tmp_path):
    with pytest.raises(UsageError) as caught:
        stages.best_candidate([candidate(1e30)], SPACE, TASK, tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ["pickle", "another model"])
def test_a_state_from_somebody_else_runs_no_code_and_is_one_line(
    tmp_path, kind
):
    ran, states = tmp_path / "ran", tmp_path / "states"
    states.mkdir()
    path = states / f"{derive_seed(0, 'child', 0)}.npz"
    note = '{"history": {"loss": [1.0]}, "seconds": 1.0}'
    if kind == "pickle":
        code = np.array([Running(ran)], object)
        np.savez(path, note=note, variable_0=code)
    else:
        np.savez(path, note=note, variable_0=np.zeros(3))
    before = path.read_bytes()
    with pytest.raises(UsageError, match="Expected the state of") as told:
        stages.best_candidate([candidate(0.1)], SPACE, TASK, tmp_path)
    assert "\n" not in str(told.value) and not ran.exists()
    # It is no failure of the candidate.
    assert (tmp_path / "trials.jsonl").read_bytes() == b""
    assert path.read_bytes() == before
    path.unlink()
    assert stages.best_candidate([candidate(0.1)], SPACE, TASK, tmp_path)[1].ok


class Running:
    """Makes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return pathlib.Path.touch, (self.path,)


def test_the_table_has_the_best_first_and_failures_last():
    def made(number, status, reward, metrics):
        proposal = Proposal(number, 0, (number,), 0.0, 0)
        return Trial(number, proposal, Result(status, reward, metrics))

    trials = [
        made(0, trial.NAN, 0.0, {}),
        made(1, trial.OK, 0.1, {"val_accuracy": 0.5}),
        made(2, trial.OK, 0.9, {"val_accuracy": 0.75}),
    ]
    rates = (1.0, 0.2, 0.1)
    table = stages.table(trials, [candidate(r) for r in rates], TASK)
    assert [line.split() for line in table.splitlines()] == [
        ["75.00%", "one", "layer,", "learning_rate=0.1"],
        ["50.00%", "one", "layer,", "learning_rate=0.2"],
        ["nan", "one", "layer,", "learning_rate=1.0"],
    ]
