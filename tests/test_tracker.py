"""What every observer of a tracking service does, with a service in memory."""

import dataclasses
import json
import logging

import pytest

from nas_tf.errors import UsageError
from nas_tf.observers.tracker import Tracker
from nas_tf.search.run_search import run_search
from tests import toy

SERVICE = {}


@dataclasses.dataclass
class Service(Tracker):
    """Keeps runs in `SERVICE`, and fails at given trials.

    Attributes:
        broken: Numbers of trials that cannot be logged at the first attempt.
        closed: Whether the service refuses to begin.
    """

    broken: tuple = ()
    closed: bool = False

    # Any package that is installed.
    package = "json"

    def __post_init__(self):
        super().__post_init__()
        self.left = list(self.broken)

    def _begin(self, archive, notes):
        if self.closed:
            raise ConnectionError("nobody answers\nat all")
        self.id = notes.get("id", len(SERVICE))
        run = SERVICE.setdefault(self.id, {"trials": [], "best": None})
        run["parameters"] = self._parameters()
        self._note(id=self.id)
        return len(run["trials"])

    def _log(self, trial):
        if trial.trial_id in self.left:
            self.left.remove(trial.trial_id)
            raise ConnectionError("gone")
        entry = (trial.trial_id, trial.result.status, self._numbers(trial))
        SERVICE[self.id]["trials"].append(entry)

    def _end(self, archive):
        best = self._best(archive)
        if best:
            trial, spec = best
            SERVICE[self.id]["best"] = (
                self._architecture(trial),
                json.loads(spec),
            )


@pytest.fixture(autouse=True)
def empty_service():
    SERVICE.clear()


def search(observer, max_children=6, **options):
    return run_search(
        toy.ToySpace(),
        toy.ToyTask(),
        "random_search",
        toy.ToyEvaluator(misdeeds=options.pop("misdeeds", ())),
        max_children=max_children,
        children_per_replica=3,
        observers=[observer],
        **options,
    )


def test_parameters_trials_and_the_best_are_logged():
    archive = search(Service(), seed=4)
    (run,) = SERVICE.values()
    assert run["parameters"] == {
        "space": "tests.toy.ToySpace(width=3)",
        "task": "tests.toy.ToyTask",
        "strategy": "random_search",
        "evaluator": "tests.toy.ToyEvaluator(seconds=0.0, misdeeds=())",
        "seed": 4,
        "children_per_replica": 3,
        "num_replicas": "auto",
        "max_params": None,
        "oversize": "redraw",
        "reuse_rewards": False,
    }
    assert [number for number, *_ in run["trials"]] == list(range(6))
    for trial, (_, status, numbers) in zip(archive.trials, run["trials"]):
        assert status == "ok"
        assert numbers == {
            "quality": float(sum(trial.proposal.actions)),
            "reward": trial.reward,
            "params": trial.result.params,
            "seconds": trial.result.seconds,
        }
    [best] = archive.best()
    spec = toy.ToySpace().decode(best.proposal.actions)
    assert run["best"] == (spec.describe(), spec.to_json())


def test_a_resumed_search_logs_each_trial_once(tmp_path):
    for count in (4, 9, 9):
        search(Service(), count, run_dir=tmp_path)
    (run,) = SERVICE.values()
    assert [number for number, *_ in run["trials"]] == list(range(9))


def test_what_was_found_before_there_was_an_observer_is_logged_too(tmp_path):
    run_search(
        toy.ToySpace(),
        toy.ToyTask(),
        "random_search",
        toy.ToyEvaluator(),
        max_children=3,
        children_per_replica=3,
        run_dir=tmp_path,
    )
    search(Service(), run_dir=tmp_path)
    (run,) = SERVICE.values()
    assert [number for number, *_ in run["trials"]] == list(range(6))


def test_a_service_that_fails_for_a_while_is_one_warning(caplog):
    with caplog.at_level(logging.WARNING):
        search(Service(broken=(2, 2, 5)), 6)
    (run,) = SERVICE.values()
    assert [number for number, *_ in run["trials"]] == list(range(6))
    assert [record.getMessage() for record in caplog.records] == [
        "json does not log trials for now, the search goes on: gone"
    ]


def test_a_service_that_cannot_be_reached_ends_the_search_in_one_line():
    with pytest.raises(UsageError) as caught:
        search(Service(closed=True))
    assert str(caught.value) == (
        "Expected a run of json to log to. Received: nobody answers"
    )


def test_a_missing_package_is_one_line(tmp_path, monkeypatch):
    # A folder of that name is no package.
    (tmp_path / "no_such_service").mkdir()
    monkeypatch.syspath_prepend(tmp_path)

    class Missing(Service):
        package = "no_such_service"

    with pytest.raises(UsageError) as caught:
        Missing()
    assert str(caught.value) == (
        "Expected the package no_such_service, from pip install "
        "no_such_service. Received: no module named 'no_such_service'"
    )


def test_an_observer_may_be_a_call_string():
    with pytest.raises(UsageError, match="Unknown observer 'mlflo'. Did you"):
        search("mlflo")
