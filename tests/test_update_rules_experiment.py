"""The comparison of optimizers in experiments/update_rules."""

import json
import subprocess
import sys

import pytest

from experiments.update_rules import __main__ as here
from experiments.update_rules import compared as compared_optimizers
from experiments.update_rules import comparison
from nas_tf import registry
from tests.test_experiments import ROOT

TASK = "digits(train_examples=100, valid_examples=50, epochs=1)"
SIGN = ("g", "1", "sign", "identity", "left")
# The same steps in other words, and others.
ALIKE = ("sign(g)", "2", "identity", "exp", "left")
OTHER = ("g", "sign(g)", "identity", "identity", "add")


def space(*found):
    return registry.render(
        "experiments.update_rules.compared",
        {
            "found": tuple((rule,) for rule in found),
            "network": here.CONV,
            "actions": (0, 1),
        },
    )


def compared(task, call):
    command = [sys.executable, "-m", "experiments.update_rules.comparison"]
    return subprocess.run(
        [*command, f"--space={call}", f"--task={task}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
def test_every_optimizer_is_tested():
    done = compared(TASK, space(SIGN, ALIKE))
    assert done.returncode == 0, done.stderr
    records = comparison.read(done.stdout)
    assert [record["status"] for record in records] == ["ok"] * 8
    assert all(0 <= record["test"] <= 1 for record in records)
    assert records[7]["same_as"] == records[6]["optimizer"] == "0"
    assert records[7]["test"] == records[6]["test"]


@pytest.mark.slow
def test_what_cannot_be_trained_is_no_result():
    done = compared("pydoc_topics", space(SIGN))
    assert done.returncode == 1
    assert done.stderr and not comparison.read(done.stdout)


def test_rules_that_step_alike_are_known():
    made = registry.make("spaces", space(SIGN, OTHER, ALIKE, SIGN))
    known = list(range(len(compared_optimizers.KNOWN)))
    assert comparison.first_alike(made) == [*known, 6, 7, 6, 6]


def test_only_the_last_of_several_outputs_is_read():
    lines = [json.dumps({"optimizer": str(number)}) for number in range(3)]
    text = "\n".join(["Command: a", lines[0], "Command: a", *lines[1:]])
    assert [one["optimizer"] for one in comparison.read(text)] == ["1", "2"]
