"""The command python -m nas_tf.report, and its messages."""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

from nas_tf.errors import UsageError
from nas_tf.report import run as runs
from tests import forked
from tests.report_runs import check_alone
from tests.report_runs import make_runs

ROOT = pathlib.Path(__file__).parent.parent


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_runs(tmp_path_factory.mktemp("runs"))


@pytest.mark.parametrize(
    "make, reason",
    [
        (lambda path: None, "Expected a run directory. Received: "),
        (
            lambda path: (path / "trials.jsonl").write_text(""),
            "Expected a run with a successful child. Received: ",
        ),
        (
            lambda path: (path / "trials.jsonl").write_text("{}\n"),
            "line 1 of .*: Expected `proposal_id`",
        ),
    ],
)
def test_what_is_no_run_is_refused(tmp_path, make, reason):
    make(tmp_path)
    with pytest.raises(UsageError, match=reason):
        runs.read(tmp_path)


def test_a_run_without_configuration_is_refused(folder, tmp_path):
    shutil.copy(folder / "random" / "trials.jsonl", tmp_path)
    with pytest.raises(UsageError, match=r"configuration\.json \(No such file"):
        runs.read(tmp_path)


# The command where there is no TensorFlow and no Keras.
COMMAND = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name in ("tensorflow", "keras", "jax", "torch"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Missing())
from nas_tf import commands
from nas_tf.report.__main__ import main
commands.run(main)
"""


def command(*arguments, cwd=ROOT):
    return subprocess.run(
        [sys.executable, "-c", COMMAND, *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_command_needs_neither_tensorflow_nor_keras(folder):
    done = command(folder / "digits", "--top_k=1")
    assert done.returncode == 0, done.stderr
    output = folder / "digits" / "report.html"
    assert done.stdout == f"{output}\n"
    assert "The best architecture" in output.read_text()
    assert not output.with_name("report.html.partial").exists()
    output.unlink()


def test_the_command_compares(folder, tmp_path):
    paths = [folder / "random", folder / "other_seed"]
    done = command("--compare", *paths, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "compare.html\n"
    check_alone((tmp_path / "compare.html").read_text())


def test_mistakes_are_one_line(folder, tmp_path):
    good = folder / "random"
    for arguments, reason in (
        ([], "Expected directories of runs"),
        ([tmp_path], "Expected a run directory"),
        ([good, f"--output={tmp_path}/no/where.html"], "can be written"),
        ([good, "--output=/dev/null/page.html"], "can be written"),
        ([good, "--output=."], "Expected the name of a file"),
        ([good, good, "--output=page.html"], "Expected one run with --output"),
        (["--compare", good, good], "Expected each run once"),
        (["--watch", good, good], "Expected one run with --watch"),
        (["--watch", "--compare", good], "Expected one run with --watch"),
        (["--watch", tmp_path], "Expected a run directory"),
    ):
        done = forked.command("nas_tf.report", *arguments, cwd=tmp_path)
        assert done.returncode == 2, done.stderr
        assert done.stderr.startswith("error: ") and reason in done.stderr
        assert done.stderr.count("\n") == 1
        assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []
