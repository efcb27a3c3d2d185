"""Searches that end trainings early."""

import dataclasses
import json
import os
import socket

import pytest

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.executors.base import Executor
from nas_tf.runs.journal import read_trials
from nas_tf.search.judge import Judge
from nas_tf.search.run_search import run_search
from nas_tf.strategies.random_search import RandomSearch
from nas_tf.trial import OK
from nas_tf.trial import PRUNED
from nas_tf.trial import Proposal
from tests import reporting
from tests import toy

MEDIAN = "median(startup=3)"


@pytest.fixture
def judge():
    with Judge(registry.make("pruning", "median(startup=1)")) as judge:
        yield judge
    assert not os.path.exists(judge.reports(proposal(0)).address)


def proposal(number):
    return Proposal(number, 0, (0,), 0.0, 0)


def search(pruning=MEDIAN, **options):
    return run_search(
        **{
            "space": toy.ToySpace(),
            "task": reporting.Task(),
            "strategy": "random_search",
            "evaluator": reporting.Reporting(),
            "max_children": 24,
            "pruning": pruning,
            **options,
        }
    )


def statuses(archive):
    return [(t.result.status, t.reward) for t in archive.trials]


def test_children_are_answered(judge):
    first, second = (judge.reports(proposal(number)) for number in (0, 1))
    assert not first.stops(1, 0.5)
    # It is not complete, so there is nothing to compare with.
    assert not second.stops(1, 0.4)
    done = search(None, max_children=1).trials[0]
    complete = with_reports(done, reports=(0.5, 0.6))
    judge.on_trial(None, complete)
    assert second.stops(2, 0.4)
    # A child that is tried again begins with its first epoch.
    assert not second.stops(1, 0.9)
    assert not second.stops(5, 0.1)


def with_reports(trial, reports):
    result = dataclasses.replace(trial.result, reports=reports)
    return dataclasses.replace(trial, result=result)


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"[1]\n",
        b'{"child": 0}\n',
        b'{"child": 0, "epoch": 1, "value": NaN}\n',
        b'{"child": -1, "epoch": 1, "value": 0.5}\n',
        b'{"child": 0, "epoch": "1", "value": 0.5}\n',
        b"\xff" * 2000 + b"\n",
    ],
)
def test_other_reports_are_ignored(judge, line):
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(judge.reports(proposal(0)).address)
        link.sendall(line)
        assert link.recv(100) == b"go on\n"
    assert not judge.reports(proposal(0)).stops(1, 0.5)


def test_only_this_user_can_open_the_socket(judge):
    folder = os.path.dirname(judge.reports(proposal(0)).address)
    assert os.stat(folder).st_mode & 0o077 == 0
    assert os.stat(folder).st_uid == os.getuid()


def test_no_folder_is_there_that_a_kill_could_leave(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Judge(registry.make("pruning", MEDIAN)) as judge:
        assert os.listdir(tmp_path) == []
        assert not judge.reports(proposal(0)).stops(1, 0.5)
        assert judge.stops(0, 2, 0.4) is False
        assert judge._courses[0].values == [0.5, 0.4]


def test_pruned_trials_have_the_reward_they_had():
    plain = search(None)
    pruned = search()
    assert {status for status, _ in statuses(plain)} == {OK}
    count = pruned.tally.pruned
    assert 0 < count < 24
    assert pruned.tally.failed == 0
    assert pruned.best()[0].reward == plain.best()[0].reward
    for before, after in zip(plain.trials, pruned.trials):
        assert after.proposal == before.proposal
        assert after.reward == after.result.reports[-1]
        if after.ok:
            assert after.reward == before.reward
        else:
            epochs = len(after.result.reports)
            assert after.result.status == PRUNED
            assert after.reward == pytest.approx(before.reward * epochs / 4)


def test_a_search_is_resumed_with_what_was_reported(tmp_path):
    whole = search(run_dir=tmp_path / "whole")
    search(run_dir=tmp_path / "parts", max_children=13)
    resumed = search(run_dir=tmp_path / "parts")
    assert statuses(resumed) == statuses(whole)
    assert read_trials(tmp_path / "parts") == resumed.trials
    with pytest.raises(UsageError, match="pruning.startup was 3, is now 4"):
        search("median(startup=4)", run_dir=tmp_path / "parts")


def test_a_journal_without_pruning_has_no_reports(tmp_path):
    search(None, run_dir=tmp_path, max_children=1)
    line = (tmp_path / "trials.jsonl").read_text().splitlines()[0]
    assert "reports" not in json.loads(line)


@dataclasses.dataclass
class Recording(RandomSearch):
    def start(self, space, seed):
        super().start(space, seed)
        self.learned = []

    def update(self, trials):
        self.learned += [trial.reward for trial in trials]
        return super().update(trials)


@pytest.mark.parametrize("teaches", ["reward", "failure"])
def test_what_a_strategy_learns_is_chosen(teaches, tmp_path):
    strategy = Recording()
    options = {
        "pruning": f"median(startup=3, teaches='{teaches}')",
        "strategy": strategy,
        "run_dir": tmp_path,
    }
    trials = search(**options).trials
    taught = [
        0.0 if teaches == "failure" and not trial.ok else trial.reward
        for trial in trials
    ]
    assert strategy.learned == taught
    # The journal teaches the same as the search.
    for file in (tmp_path / "checkpoint").iterdir():
        file.unlink()
    search(**options, max_children=32)
    assert strategy.learned[:24] == taught


def test_processes_report_too():
    archive = search(executor="process(workers=2)")
    assert archive.tally.pruned > 0
    assert all(t.result.reports for t in archive.trials)


class Elsewhere(Executor):
    in_process = on_this_machine = False

    def stop(self):
        pass


@pytest.mark.parametrize(
    "options, message",
    [
        ({"evaluator": toy.ToyEvaluator()}, "Received: 'ToyEvaluator'"),
        ({"executor": Elsewhere()}, "Expected an executor on this machine"),
        ({"pruning": "halving"}, "halving"),
    ],
)
def test_what_cannot_be_pruned_is_said(options, message):
    with pytest.raises(UsageError, match=message):
        search(**options)
