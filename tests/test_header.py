"""What a search says before its first child."""

import types

import pytest

from nas_tf import registry
from nas_tf.decisions import Categorical
from nas_tf.decisions import Subset
from nas_tf.executors.inline import Inline
from nas_tf.search import header
from nas_tf.tasks.base import NoTask
from tests import toy


def search(space, task, evaluator="standalone", known=()):
    return types.SimpleNamespace(
        space=registry.make("spaces", space),
        task=task,
        evaluator=registry.make("evaluators", evaluator),
        executor=Inline(),
        start_from=known,
    )


def test_a_header_has_space_data_and_workers(monkeypatch):
    task = registry.make("tasks", "digits")
    assert header.text(search("conv(num_layers=2)", task)).splitlines() == [
        "Space:    conv, 8,192 architectures by 8 decisions",
        "Task:     digits, 900 training and 600 validation examples of 8x8x1, "
        "10 classes",
        "Workers:  this process on the CPU, one child at a time",
        "Reward:   accuracy cubed",
    ]
    monkeypatch.setenv("COLUMNS", "60")
    lines = header.text(search("conv(num_layers=2)", task)).splitlines()
    assert max(map(len, lines)) == 60


@pytest.mark.parametrize(
    "count, words",
    [(1, "1 known architecture"), (3, "3 known architectures")],
)
def test_known_architectures_are_counted(count, words):
    known = ("known",) * count
    told = header.text(
        search("nasbench201", NoTask(), "tests.toy_evaluator", known)
    )
    assert f"First:    {words}" in told.splitlines()


def test_text_has_symbols_and_a_vocabulary():
    task = registry.make("tasks", "pydoc_topics")
    told = header.data(task)
    train = f"{task.num_examples('train'):,} training and "
    assert told.startswith(train)
    assert told.endswith(" validation words, a vocabulary of 1,002")


def test_without_a_task_there_is_no_data():
    lines = header.text(search("nasbench201", NoTask(), "tests.toy_evaluator"))
    assert [line.split(":")[0] for line in lines.splitlines()] == [
        "Space",
        "Workers",
    ]


@pytest.mark.parametrize(
    "decisions, text",
    [
        ((Categorical("a", 5),) * 6, "15,625 architectures by 6 decisions"),
        (
            (Subset(40), Subset(0), Categorical("a", 10)),
            "10^13.0 architectures by 3 decisions",
        ),
        ((Categorical("a", 3),), "3 architectures by 1 decision"),
        (toy.ToySpace().decisions, "288 architectures by 5 decisions"),
    ],
)
def test_the_size_is_a_number_or_a_power_of_ten(decisions, text):
    assert header.size(decisions) == text
