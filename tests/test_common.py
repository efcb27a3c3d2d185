"""Shared code of the benchmarks."""

import pathlib
import subprocess
import sys
import time

import pytest

from benchmarks import common
from nas_tf import registry
from nas_tf.runs import flagfile

ROOT = pathlib.Path(__file__).parent.parent


@pytest.mark.parametrize(
    "name, space, task",
    [
        (
            "digits_conv_reinforce",
            common.QUICKSTART_SPACE,
            common.QUICKSTART_TASK,
        ),
        (
            "cifar10_conv_reinforce_small",
            common.SMALL_CIFAR10_SPACE,
            common.SMALL_CIFAR10_TASK,
        ),
    ],
)
def test_recipes_are_those_of_the_flagfiles(name, space, task):
    flags = flagfile.read(ROOT / "flags" / f"{name}.flags")
    assert (flags["space"], flags["task"]) == (space, task)


def test_mean_and_error_are_those_of_the_sample():
    mean, error = common.mean_and_error([1, 2, 3, 6])
    assert mean == 3
    assert error == pytest.approx((14 / 3 / 4) ** 0.5)


def test_all_jobs_are_evaluated_in_their_order():
    executor = registry.make("executors", "inline")
    space = registry.make("spaces", "conv(num_layers=1)")
    task = registry.make("tasks", "digits(epochs=1, train_examples=64)")
    small, large = (
        tuple(
            choice * (decision.num_actions - 1) for decision in space.decisions
        )
        for choice in (0, 1)
    )
    jobs = [(small, 1), (large, 2), (small, 1)]
    found = common.evaluate_all(executor, space, task, jobs)
    assert [result.status for result in found] == ["ok"] * 3
    assert found[0].reward == found[2].reward
    assert found[0].params == found[2].params < found[1].params


@pytest.mark.slow  # starts a process
def test_benchmark_says_how_it_was_run():
    done = subprocess.run(
        [sys.executable, "-m", "tests.toy_benchmark"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    command, machine, last = done.stdout.splitlines()
    assert command.startswith("Command: python -m tests.toy_benchmark")
    assert machine.startswith("Machine: ")
    assert time.strftime("%Y-") in machine
    assert last == "done"
