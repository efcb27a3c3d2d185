"""Experiments are started, resumed and reported."""

import pathlib
import shutil

import pytest

from experiments import command
from nas_tf.errors import UsageError
from tests import forked

ROOT = pathlib.Path(__file__).parent.parent


@pytest.mark.parametrize(
    "command, told",
    [
        ("experiments.digits --folder={file}", "--folder to be a folder that"),
        (
            "experiments.digits --folder={file}/x",
            "--folder to be a folder that",
        ),
        ("experiments.digits --jobs=0", "--jobs=0"),
        ("experiments.digits digits", "flags only. Received: digits"),
        ("experiments.agree {file}", "Expected two folders. Received: {file}"),
        ("benchmarks.strategies --table={file}", "Expected one column 'ops'"),
        ("benchmarks.strategies --table={file} --queries=x", "--queries=x"),
    ],
)
def test_mistake_is_one_line(command, told, tmp_path):
    file = tmp_path / "file"
    file.write_text("mine")
    done = forked.command(*command.format(file=file).split())
    assert done.returncode == 2
    [line] = done.stderr.strip().splitlines()
    assert told.format(file=file) in line
    assert file.read_text() == "mine"


def test_folder_is_made_and_has_to_be_writable(tmp_path):
    folder = tmp_path / "a" / "b"
    assert command._made(folder) == folder
    assert list(folder.iterdir()) == []
    (tmp_path / "file").write_text("")
    with pytest.raises(
        UsageError, match="Expected --folder to be a folder that"
    ):
        command._made(tmp_path / "file" / "b")


def test_finished_runs_make_the_page_of_another_folder(tmp_path):
    folder = tmp_path / "digits"
    shutil.copytree(ROOT / "experiments/digits", folder)
    (folder / "README.md").unlink()
    done = forked.command("experiments.digits", f"--folder={folder}")
    assert done.returncode == 0, done.stderr
    page = "experiments/digits/README.md"
    assert (folder / "README.md").read_text() == (ROOT / page).read_text()


def test_runs_that_are_left_out_put_off_the_report(tmp_path):
    done = forked.command(
        "experiments.digits", f"--folder={tmp_path}", "--only=nothing*"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        "Some runs are not finished, so there is no report yet.\n"
    )
    assert list(tmp_path.iterdir()) == []
