"""A search as a function: its parts, and what it refuses."""

import dataclasses

import pytest

from nas_tf.errors import UsageError
from nas_tf.executors.inline import Inline
from nas_tf.search.run_search import run_search
from nas_tf.spaces.base import SearchSpace
from nas_tf.tasks.base import NoTask
from tests import toy


def search(**options):
    parts = {
        "space": toy.ToySpace(),
        "task": toy.ToyTask(),
        "strategy": "random_search",
        "evaluator": toy.ToyEvaluator(),
        "max_children": 16,
    }
    return run_search(**{**parts, **options})


def test_call_strings_and_objects_are_the_same_run(tmp_path):
    search(run_dir=tmp_path)
    archive = search(
        space="tests.toy_space",
        task="tests.toy_task",
        evaluator="tests.toy_evaluator",
        run_dir=tmp_path,
        max_children=20,
    )
    assert len(archive.trials) == 20


@pytest.mark.parametrize(
    "options",
    [
        {"max_children": 0},
        {"children_per_replica": 0},
        {"max_params": 0},
        {"oversize": "ignore"},
        {"strategy": "clairvoyant"},
        {"executor": "clairvoyant"},
    ],
)
def test_bad_arguments_are_refused(options):
    with pytest.raises(UsageError):
        search(**options)


@dataclasses.dataclass(frozen=True)
class WithoutTask(toy.ToyEvaluator):
    needs_task = False

    def evaluate(self, space, task, actions, seed):
        assert isinstance(task, NoTask)
        return super().evaluate(space, toy.ToyTask(), actions, seed)


def test_an_evaluator_says_whether_there_is_a_task():
    with pytest.raises(UsageError, match="task, as evaluator 'ToyEvaluator'"):
        search(task=None)
    search(task=None, evaluator=WithoutTask(), max_children=1)
    search(task="digits", evaluator=WithoutTask(), max_children=1)
    with pytest.raises(UsageError, match="no `max_params`.* 'WithoutTask'"):
        search(evaluator=WithoutTask(), max_params=5)


def test_a_space_without_models_has_no_sizes_to_limit():
    class Looked(toy.ToySpace):
        build = SearchSpace.build
        cost = SearchSpace.cost

    with pytest.raises(UsageError, match="Received: Looked, which has neither"):
        search(space=Looked(), max_params=5)


def test_an_executor_given_as_an_object_is_left_running(monkeypatch):
    stopped = []
    monkeypatch.setattr(Inline, "stop", lambda _: stopped.append(1))
    search(executor=Inline(), max_children=1)
    assert stopped == []
    search(executor="inline", max_children=1)
    assert len(stopped) == 1


def test_an_executor_is_stopped_when_its_search_is_refused(monkeypatch):
    stopped = []
    monkeypatch.setattr(Inline, "stop", lambda _: stopped.append(1))
    with pytest.raises(UsageError, match="num_replicas=1"):
        search(evaluator="tests.toy_shared", executor="inline", num_replicas=2)
    assert len(stopped) == 1


def test_a_longer_search_begins_like_the_shorter():
    short, long = (
        [t.proposal for t in search(max_children=count).trials]
        for count in (5, 12)
    )
    assert long[:5] == short
