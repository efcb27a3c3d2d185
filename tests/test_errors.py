"""The exceptions that callers distinguish."""

import subprocess
import sys

import pytest

from nas_tf import errors


def test_usage_error_is_a_value_error_with_one_line():
    error = errors.UsageError("Expected 1. Received: 2")
    assert isinstance(error, ValueError)
    assert str(error) == "Expected 1. Received: 2"


def test_loss_that_is_not_finite_is_no_usage_error():
    assert issubclass(errors.NonFiniteLoss, ArithmeticError)
    assert not issubclass(errors.NonFiniteLoss, errors.UsageError)


@pytest.mark.parametrize(
    "error, code, told",
    [
        ("errors.UsageError('Expected 1.')", 2, "error: Expected 1."),
        ("ValueError('a bug')", 1, "Traceback (most recent call last):"),
    ],
)
def test_only_a_usage_error_is_told_in_one_line(error, code, told):
    script = (
        "from nas_tf import commands, errors\n"
        "def main(argv):\n"
        f"    raise {error}\n"
        "commands.run(main)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True
    )
    assert done.returncode == code
    lines = done.stderr.strip().splitlines()
    assert lines[0] == told
    assert (len(lines) == 1) == (code == 2)
