"""The examples in WORKSPACE.md are run as they stand there."""

import pathlib
import re

import numpy as np
import pytest

from nas_tf import registry
from nas_tf.search.run_search import run_search
from tests.test_floors import FLOORS

ROOT = pathlib.Path(__file__).parent.parent
TEXT = (ROOT / "WORKSPACE.md").read_text(encoding="utf-8")


def examples():
    """Returns a dict from a file's name to its code without empty lines."""
    blocks = re.findall(r"```python\n# (\w+\.py)\n(.*?)```", TEXT, re.DOTALL)
    return dict(blocks)


@pytest.fixture
def saved(tmp_path, monkeypatch):
    for name, code in examples().items():
        (tmp_path / name).write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def statuses(archive):
    return [trial.result.status for trial in archive.trials]


def test_every_block_of_python_is_an_example():
    assert len(examples()) == TEXT.count("```python")


@pytest.mark.parametrize(
    "name, most",
    [("my_space.py", 24), ("my_table.py", 11), ("my_images.py", 18)],
)
def test_examples_are_short(name, most):
    lines = examples()[name].splitlines()
    assert len([line for line in lines if line.strip()]) <= most


def test_the_space_is_searched(saved):
    archive = run_search(
        "my_space(num_layers=3)",
        "digits(epochs=1)",
        "random_search",
        max_children=4,
        children_per_replica=2,
        max_params=40_000,
    )
    assert statuses(archive) == ["ok"] * 4
    best = archive.best()[0].result
    assert len(best.spec["choices"]) == 6
    assert 0 < best.params <= 40_000


def test_the_table_is_looked_up(saved):
    path = saved / "results.csv"
    rows = [f"{i}{j},{(i + j) / 4},1200" for i in range(3) for j in range(3)]
    path.write_text("\n".join(["cell,accuracy,params", *rows]))
    archive = run_search(
        "my_table",
        strategy="random_search",
        evaluator=f"tabular(path={str(path)!r}, key='cell', "
        "reward='accuracy', metrics=('params',))",
        max_children=30,
    )
    assert statuses(archive) == ["ok"] * 30
    for trial in archive.trials:
        assert trial.reward == sum(trial.proposal.actions) / 4
        assert trial.result.params == 1200


@pytest.mark.parametrize(
    "task", ["my_images(epochs=2, augment=False)", "my_arrays"]
)
def test_the_tasks_are_learned(task, saved):
    archive = run_search(
        "my_space",
        task,
        "random_search",
        max_children=2,
        children_per_replica=2,
    )
    assert statuses(archive) == ["ok"] * 2
    assert archive.best()[0].result.metrics["val_accuracy"] > 0.8


def test_the_task_of_arrays_is_tested(saved):
    task = registry.make("tasks", "my_arrays(epochs=5)")
    space = registry.make("spaces", "my_space")
    model = space.build(space.decode((1, 0, 1, 0)), task)
    task.fit(model, 0)
    assert task.evaluate(model, "test")["accuracy"] > 0.8


@pytest.mark.parametrize("strategy", ["my_strategy", "my_controller"])
def test_the_strategies_learn(strategy, saved):
    archive = run_search(
        "my_space(num_layers=2)",
        strategy=strategy,
        evaluator="my_evaluator",
        max_children=160,
    )
    rewards = [trial.reward for trial in archive.trials]
    # Uniform choices have a mean of 3, the best architecture has 6.
    assert np.mean(rewards[-40:]) > 4


def test_the_strategy_goes_on_from_its_state(saved):
    space = registry.make("spaces", "my_space")
    first, second = (registry.make("strategies", "my_strategy") for _ in "12")
    for strategy in (first, second):
        strategy.start(space, 0)
    first.best, first.reward = (2, 1, 0, 1), 0.5
    second.set_state(first.state())
    assert second.propose(4, 4, 1) == first.propose(4, 4, 1)


def test_the_table_of_floors_is_the_one_that_is_checked():
    [section] = re.findall(r"## Floors\n(.*?)\n## ", TEXT, re.DOTALL)
    rows = re.findall(r"^\| (\d|below) \| (.+?) \|", section, re.MULTILINE)
    table = {floor: set(re.findall(r"`(\w+)", names)) for floor, names in rows}
    checked = {str(floor): FLOORS[floor] for floor in FLOORS if floor >= 0}
    checked["below"] = set().union(*(FLOORS[f] for f in FLOORS if f < 0))
    assert table == checked


def test_the_observer_rings_for_each_better_architecture(saved, capsys):
    archive = run_search(
        "tests.toy_space",
        strategy="random_search",
        evaluator="my_evaluator",
        max_children=8,
        observers=["my_observer"],
    )
    rewards = [trial.reward for trial in archive.trials]
    better = [r for i, r in enumerate(rewards) if r > max([-1, *rewards[:i]])]
    assert capsys.readouterr().out == "\a" * len(better)
