"""The comparison of optimizers in experiments/update_rules."""

import subprocess
import sys

import pytest

from experiments.update_rules import __main__ as here
from experiments.update_rules import comparison
from nas_tf import registry
from tests.test_experiments import ROOT

TASK = "digits(train_examples=100, valid_examples=50, epochs=1)"
SIGN = ("g", "1", "sign", "identity", "left")


SPACE = registry.render(
    "experiments.update_rules.compared",
    {"found": ((SIGN,),), "network": here.CONV, "actions": (0, 1)},
)


def compared(task):
    command = [sys.executable, "-m", "experiments.update_rules.comparison"]
    return subprocess.run(
        [*command, f"--space={SPACE}", f"--task={task}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
def test_every_optimizer_is_tested():
    done = compared(TASK)
    assert done.returncode == 0, done.stderr
    records = comparison.read(done.stdout)
    assert [record["status"] for record in records] == ["ok"] * 7
    assert all(0 <= record["test"] <= 1 for record in records)


@pytest.mark.slow
def test_what_cannot_be_trained_is_no_result():
    done = compared("pydoc_topics")
    assert done.returncode == 1
    assert done.stderr and not comparison.read(done.stdout)
