"""What a result shows of its trials."""

import numpy as np
import pytest

import nas_tf
from nas_tf.api.parts import Given
from nas_tf.api.result import SearchResult
from nas_tf.runs.pareto import pareto_front
from nas_tf.runs.tally import best_of
from nas_tf.spaces.tree import Tree
from nas_tf.tasks.digits import Digits
from nas_tf.tasks.pydoc_topics import PydocTopics
from nas_tf.trial import ERROR
from nas_tf.trial import OK
from nas_tf.trial import Proposal
from nas_tf.trial import Result
from nas_tf.trial import Trial
from tests import toy


def trial(number, reward=0.5, status=OK, **facts):
    actions = (number % 3, 0, 0, 0, 0)
    defaults = {
        "metrics": {"val_quality": 10 * reward},
        "spec": {"number": number},
        "started": 100.0 * number,
        "seconds": 50.0,
    }
    return Trial(
        number,
        Proposal(number, 0, actions, 0.0, number),
        Result(status, reward, **{**defaults, **facts}),
    )


TRIALS = [
    trial(0, 0.3, params=10),
    trial(1, 0.9, params=1200),
    trial(2, 0.0, ERROR, metrics={}, error="a\nb"),
    trial(3, 0.9, params=50),
]


def result(trials=TRIALS, **options):
    parts = Given(toy.ToySpace(), toy.ToyTask())
    return SearchResult(trials, parts, **options)


def test_best_and_pareto_front_are_those_of_the_trials():
    assert result().best(3) == best_of(TRIALS, 3)
    assert [t.trial_id for t in result().best()] == [1]
    assert result().pareto_front() == pareto_front(TRIALS)
    assert result().best()[0].reward == 0.9
    assert result().best()[0].result.spec == {"number": 1}


def test_a_line_says_what_the_search_came_to(tmp_path):
    assert repr(result()) == (
        "SearchResult(4 children, 1 failed, best quality 9, 3 min 20 s)"
    )
    assert repr(result(run_dir="runs/a", interrupted=True)) == (
        "SearchResult(4 children, 1 failed, best quality 9, 3 min 20 s, "
        "interrupted, run_dir='runs/a')"
    )
    assert repr(result(TRIALS[:1])).startswith("SearchResult(1 child, best")
    assert repr(result(TRIALS[2:3])) == (
        "SearchResult(1 child, 1 failed, none successful, 50 s)"
    )
    assert repr(result([])) == "SearchResult(0 children, 0 s)"


def test_without_a_measure_the_reward_is_shown():
    assert "best reward 0.5000" in repr(result([trial(0, metrics={})]))


def test_what_cannot_be_trained_is_one_line():
    with pytest.raises(nas_tf.UsageError, match="successful child.*: 0$"):
        result([]).best_model()
    with pytest.raises(nas_tf.UsageError, match="3 successful children of"):
        result(TRIALS[:2]).ensemble()
    with pytest.raises(nas_tf.UsageError, match="`epochs` to be None or"):
        result().best_model(epochs=0)
    with pytest.raises(nas_tf.UsageError, match="`k` to be a whole number"):
        result().ensemble(k=1)


@pytest.mark.parametrize(
    "task, wanted",
    [
        ((np.zeros((9, 9)), np.zeros(9)), "Received: tuple; .*from_data"),
        (3, "Received: int"),
        (toy.ToyTask, "Received: the class ToyTask"),
        ("no_such_task", "no_such_task"),
    ],
)
def test_what_is_no_task_is_one_line(task, wanted):
    for train in (result().best_model, result().ensemble):
        with pytest.raises(nas_tf.UsageError, match=wanted) as caught:
            train(task=task)
        assert "\n" not in str(caught.value)


def test_a_result_knows_the_task_and_its_data():
    task = Digits(epochs=1, train_examples=500)
    found = Given(toy.ToySpace(), task).searched
    assert found["task"].startswith("digits(")
    assert found["data"]["outputs"] == 10


def test_a_search_without_training_needs_a_task():
    from nas_tf.tasks.base import NoTask

    parts = Given(toy.ToySpace(), NoTask())
    with pytest.raises(nas_tf.UsageError, match="Expected a `task` to train"):
        SearchResult(TRIALS, parts).best_model()


def test_texts_have_no_ensemble():
    space = Tree(base=2, skeleton="language_model(units=4)")
    rows = [(n,) * len(space.decisions) for n in range(2)]
    trials = [
        Trial(
            number,
            Proposal(number, 0, row, 0.0, number),
            Result(OK, 0.5, spec=space.decode(row).to_json()),
        )
        for number, row in enumerate(rows)
    ]
    task = PydocTopics(train_tokens=2000, valid_tokens=500, steps=5)
    with pytest.raises(nas_tf.UsageError, match="read one example at a time"):
        SearchResult(trials, Given(space, task)).ensemble(2)
