"""An evaluator with a state resumes after any crash with the same state."""

import shutil

import numpy as np
import pytest

from nas_tf.errors import UsageError
from nas_tf.evaluators.shaped import Shaped
from nas_tf.runs.archive import Archive
from nas_tf.search import checkpoint
from nas_tf.search.learner import Learner
from nas_tf.search.observer import Observer
from nas_tf.search.run_search import run_search
from tests.strategies import made
from tests.test_resume import Run
from tests.test_resume import finish
from tests.test_resume import journal
from tests.test_resume import records
from tests.toy import ToySpace
from tests.toy import ToyTask
from tests.toy_shared import Shared

STATE = f"{checkpoint.FOLDER}/{checkpoint.FILE}"


def search(run_dir=None, **arguments):
    return run_search(
        **{
            "space": ToySpace(),
            "task": ToyTask(),
            "strategy": "local_search",
            "evaluator": Shared(),
            "run_dir": run_dir,
            "max_children": 11,
            "children_per_replica": 3,
            **arguments,
        }
    )


class Crash(Exception):
    pass


class Crashing:
    """Counts the steps of a search, and crashes before one of them.

    Args:
        monkeypatch: Pytest's fixture.
        at: Number of the step.
    """

    STEPS = (
        (Archive, "add_batch"),
        (Archive, "add_trial"),
        (Learner, "prepare"),
        (Learner, "update"),
        (checkpoint, "write"),
        (Shared, "evaluate"),
    )

    def __init__(self, monkeypatch, at=None):
        self.at = at
        self.count = 0
        for owner, name in self.STEPS:
            self._wrap(monkeypatch, owner, name)

    def _wrap(self, monkeypatch, owner, name):
        function = getattr(owner, name)

        def wrapped(*args, **kwargs):
            self._step()
            result = function(*args, **kwargs)
            self._step()
            return result

        monkeypatch.setattr(owner, name, wrapped)

    def _step(self):
        if self.count == self.at:
            raise Crash
        self.count += 1


def arrays(run_dir):
    return checkpoint.read(run_dir / STATE)


def assert_same_state(run_dir, other):
    (ours, note), (theirs, expected) = arrays(run_dir), arrays(other)
    assert note == expected
    assert ours.keys() == theirs.keys()
    assert {"evaluator/weights", "evaluator/batches"} < ours.keys()
    for name, array in theirs.items():
        np.testing.assert_array_equal(ours[name], array)


@pytest.mark.parametrize(
    "strategy",
    ["local_search", pytest.param("reinforce", marks=pytest.mark.slow)],
)
@pytest.mark.parametrize("kept", [True, False])
def test_a_crash_at_any_step_leaves_no_trace(tmp_path, kept, strategy):
    parts = {
        "strategy": made(strategy, ToySpace(), 0),
        "max_children": 8,
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoint, "SECONDS", 0)
        patch.setattr(checkpoint, "LARGEST_SHARE", float("inf"))
        counter = Crashing(patch)
        search(tmp_path / "whole", **parts)
    whole = journal(tmp_path / "whole")
    assert [batch["updates"] for batch in whole[1]] == [0, 1, 2]
    assert counter.count > 50
    # A controller is slow, so only some of the steps are tried.
    every = 1 if strategy == "local_search" else 7
    for at in range(0, counter.count, every):
        run_dir = tmp_path / str(at)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(checkpoint, "SECONDS", 0)
            patch.setattr(checkpoint, "LARGEST_SHARE", float("inf"))
            Crashing(patch, at)
            with pytest.raises(Crash):
                search(run_dir, **parts)
        if not kept:
            shutil.rmtree(run_dir / checkpoint.FOLDER, ignore_errors=True)
        lines = (run_dir / "trials.jsonl").read_bytes().count(b"\n")
        search(run_dir, **parts)
        assert journal(run_dir) == whole, at
        # A search that has ended writes no checkpoint when it is resumed.
        if lines < 8:
            assert_same_state(run_dir, tmp_path / "whole")
        shutil.rmtree(run_dir)


def test_a_restored_state_is_not_prepared_again(tmp_path, monkeypatch):
    search(tmp_path, max_children=6)
    prepared = []
    original = Shared.prepare

    def prepare(self, strategy, length, number, seed):
        prepared.append(number)
        return original(self, strategy, length, number, seed)

    monkeypatch.setattr(Shared, "prepare", prepare)
    search(tmp_path, max_children=9)
    assert prepared == [2]
    (tmp_path / STATE).write_bytes(b"broken")
    search(tmp_path, max_children=12)
    # The first batch is prepared in three parts.
    assert prepared == [2, 0, 0, 0, 1, 2, 3]


def test_of_a_long_preparation_one_part_is_repeated(tmp_path, monkeypatch):
    original = Shared.prepare
    prepared = []

    def prepare(self, strategy, length, number, seed):
        if len(prepared) == 2:
            raise Crash
        prepared.append(number)
        return original(self, strategy, length, number, seed)

    with monkeypatch.context() as patch:
        patch.setattr(Shared, "prepare", prepare)
        with pytest.raises(Crash):
            search(tmp_path / "run")
    assert arrays(tmp_path / "run")[1]["parts"] == 2
    assert not records(tmp_path / "run", "proposals.jsonl")

    def going_on(self, strategy, length, number, seed):
        prepared.append(number)
        return original(self, strategy, length, number, seed)

    monkeypatch.setattr(Shared, "prepare", going_on)
    search(tmp_path / "run")
    assert prepared[2:5] == [0, 1, 2]
    search(tmp_path / "whole")
    assert journal(tmp_path / "run") == journal(tmp_path / "whole")
    # A state in the middle of a part that the journal does not lead to.
    states, _ = arrays(tmp_path / "run")
    note = {"updates": 1, "prepared": 2, "parts": 1}
    checkpoint.write(tmp_path / "run" / STATE, states, note)
    search(tmp_path / "run", max_children=12)
    search(tmp_path / "whole", max_children=12)
    assert journal(tmp_path / "run") == journal(tmp_path / "whole")


def test_a_state_that_the_journal_does_not_lead_to_is_not_used(tmp_path):
    search(tmp_path / "whole")
    search(tmp_path / "run", max_children=6)
    states, _ = arrays(tmp_path / "whole")
    for note in (
        {"updates": 2, "prepared": 4},
        {"updates": 1, "prepared": 0},
        {"updates": 0, "prepared": 2},
        {"updates": 3, "prepared": 2},
    ):
        checkpoint.write(tmp_path / "run" / STATE, states, note)
        shutil.copytree(tmp_path / "run", tmp_path / "copy")
        search(tmp_path / "copy")
        assert journal(tmp_path / "copy") == journal(tmp_path / "whole")
        assert_same_state(tmp_path / "copy", tmp_path / "whole")
        shutil.rmtree(tmp_path / "copy")


def test_scalars_of_prepare_reach_observers_with_the_next_update():
    class Watch(Observer):
        seen = []

        def on_update(self, archive, scalars):
            self.seen.append(scalars)

    search(observers=[Watch()])
    assert len(Watch.seen) == 3
    values = [scalars["shared/weight"] for scalars in Watch.seen]
    assert len(set(values)) == 3


def test_a_shaped_evaluator_passes_the_life_cycle_on(tmp_path):
    inner = "tests.toy_shared"
    shaped = Shaped("quality", 0.5, evaluator=inner)
    assert shaped.in_process
    search(tmp_path / "whole", evaluator=shaped)
    assert "evaluator/weights" in arrays(tmp_path / "whole")[0]
    search(tmp_path / "run", evaluator=shaped, max_children=7)
    search(tmp_path / "run", evaluator=Shaped("quality", 0.5, evaluator=inner))
    assert journal(tmp_path / "run") == journal(tmp_path / "whole")
    assert_same_state(tmp_path / "run", tmp_path / "whole")


def test_a_search_of_earlier_versions_has_the_strategys_state_alone(tmp_path):
    parts = {"evaluator": "tests.toy_evaluator", "strategy": "local_search"}
    search(tmp_path / "whole", **parts)
    run_dir = tmp_path / "run"
    search(run_dir, max_children=7, **parts)
    states, note = arrays(run_dir)
    old = {
        name.replace("strategy/", "state/"): array
        for name, array in states.items()
    }
    checkpoint.write(
        run_dir / checkpoint.FOLDER / checkpoint.EARLIER_FILE,
        old,
        {"updates": note["updates"]},
    )
    (run_dir / STATE).unlink()
    learned = []
    with pytest.MonkeyPatch.context() as patch:
        update = Learner.update
        patch.setattr(
            Learner,
            "update",
            lambda self, trials: learned.append(1) or update(self, trials),
        )
        search(run_dir, **parts)
    assert len(learned) == 1
    assert journal(run_dir) == journal(tmp_path / "whole")
    names = [path.name for path in (run_dir / checkpoint.FOLDER).iterdir()]
    assert names == [checkpoint.FILE]


@pytest.mark.parametrize(
    "options, reason",
    [
        ({"executor": "process(workers=1)"}, "executor=inline, as .*'Shared'"),
        ({"num_replicas": 2}, "num_replicas=1, as evaluator 'Shared'"),
    ],
)
def test_what_children_share_is_in_one_process(options, reason):
    with pytest.raises(UsageError, match=reason):
        search(**options)


def test_one_replica_is_what_auto_means():
    one, auto = (
        [t.reward for t in search(num_replicas=count).trials]
        for count in (1, "auto")
    )
    assert one == auto


FLAGS = ("--strategy=local_search", "--children_per_replica=4")
EVALUATOR = "tests.toy_shared(seconds=0.04)"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The directory of a search that was not killed."""
    run_dir = tmp_path_factory.mktemp("whole")
    finish(run_dir, *FLAGS, evaluator=EVALUATOR, max_children=40)
    return run_dir


@pytest.mark.slow
@pytest.mark.parametrize("kept", [True, False])
def test_a_killed_search_goes_on_as_if_it_had_not_been(tmp_path, whole, kept):
    run_dir = tmp_path / "run"
    # In the middle of a batch, and about when the next is prepared.
    for count in (2, 16, 24):
        arguments = {"evaluator": EVALUATOR, "max_children": 40}
        with Run(run_dir, *FLAGS, **arguments) as run:
            run.wait_for(lambda count=count: run.num_trials() >= count)
            run.kill()
            assert run.is_gone()
        if not kept:
            shutil.rmtree(run_dir / checkpoint.FOLDER, ignore_errors=True)
    finish(run_dir, *FLAGS, evaluator=EVALUATOR, max_children=40)
    assert journal(run_dir) == journal(whole)
    assert_same_state(run_dir, whole)
    flags = (run_dir / "flags.txt").read_text()
    assert "--executor=inline\n" in flags


def test_an_evaluator_without_a_state_has_none_in_the_checkpoint(tmp_path):
    search(tmp_path, evaluator="tests.toy_evaluator")
    states, note = arrays(tmp_path)
    assert note == {"updates": 3, "prepared": 4}
    assert not any(name.startswith("evaluator/") for name in states)
