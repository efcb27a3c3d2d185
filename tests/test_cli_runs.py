"""The command `nas_tf runs`, and how far a run is."""

import json
import os
import pathlib
import shutil

import pytest

from nas_tf import reading
from nas_tf.cli import runs
from nas_tf.cli import status
from nas_tf.errors import UsageError
from nas_tf.runs import spent
from nas_tf.runs.archive import Archive
from nas_tf.search.run_search import run_search
from tests import report_runs
from tests import toy

ROOT = pathlib.Path(__file__).parent.parent
OLD = ROOT / "experiments" / "digits" / "runs" / "reinforce_0"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Runs of several kinds, one of them in a folder of its own."""
    folder = tmp_path_factory.mktemp("runs")
    report_runs.search(folder / "deep" / "mine", max_children=6)
    (folder / "deep" / "mine" / "flags.txt").write_text("--max_children=6\n")
    inner = folder / "deep" / "mine" / "trained" / "architectures"
    report_runs.search(inner, max_children=3)
    run_search(
        toy.ToySpace(),
        toy.ToyTask(),
        "random_search",
        evaluator=toy.ToyEvaluator(),
        run_dir=folder / "toys",
        max_children=3,
    )
    shutil.copytree(OLD, folder / "old")
    (folder / "broken").mkdir()
    (folder / "broken" / "trials.jsonl").write_text("oops\n")
    training = folder / "training"
    shutil.copytree(OLD, training / "recipes")
    (training / "configuration.json").write_text('{"name": "training"}')
    return folder


def contents(folder):
    return {path: path.stat().st_mtime_ns for path in sorted(folder.rglob("*"))}


def test_runs_are_found_but_not_those_inside_of_others(folder):
    found = [str(p.relative_to(folder)) for p in runs.find(folder)]
    assert found == ["broken", "deep/mine", "old", "toys"]


def test_the_table_says_how_far_each_is(folder, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    before = contents(folder)
    runs.main(["runs", str(folder)])
    assert contents(folder) == before
    header, broken, mine, old, toys = capsys.readouterr().out.splitlines()
    assert header.split() == " ".join(runs.HEADER).split()
    assert broken.split()[:2] == ["broken", "broken"]
    assert "Expected a record of the journal in line 1" in broken
    # There was no task, so nothing but the reward is known.
    assert mine.split()[:4] == ["deep/mine", "finished", "6/6", "reward"]
    assert mine.endswith("conv by random_search")
    assert old.split()[:5] == ["old", "finished", "96/96", "accuracy", "99.00%"]
    assert "2.2 minutes  conv on digits by reinforce" in old
    # The search was a function call, so nobody knows how far it should go.
    assert toys.split()[:3] == ["toys", "-", "3"]


def test_a_run_is_running_stopped_or_finished(tmp_path):
    report_runs.search(tmp_path, max_children=4)
    path = tmp_path / "flags.txt"
    path.write_text("--max_children=9\n--patience=50\n")
    run = status.read(tmp_path)
    assert (status.of(run), status.children(run)) == ("stopped", "4/9")
    configuration = json.loads((tmp_path / "configuration.json").read_text())
    with Archive(tmp_path, configuration):
        assert status.of(run) == "running"
    path.write_text("--patience=1\n")
    run = status.read(tmp_path)
    assert (status.of(run), status.children(run)) == ("finished", "4")
    path.write_text("--max_hours=1\n")
    assert status.of(status.read(tmp_path)) == "stopped"
    # The time of children that were ended is not in the journal.
    spent.write(tmp_path, 3601, 4)
    assert status.of(status.read(tmp_path)) == "finished"
    path.write_text("--max_children=many\n")
    assert status.of(status.read(tmp_path)) == ""


@pytest.mark.parametrize(
    "words, expected",
    [
        (["a", "b"], "Expected one folder. Received: a b"),
        (["missing"], "Expected a folder with runs. Received: missing"),
        ([], "Received: runs"),
    ],
)
def test_mistakes(tmp_path, monkeypatch, words, expected):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=expected):
        runs.main(["runs", *words])


def test_what_cannot_be_read_is_one_line(tmp_path, monkeypatch):
    report_runs.search(tmp_path, max_children=2)

    def refuse(path, *flags):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(reading.os, "open", refuse)
    with pytest.raises(UsageError, match=r"Permission denied"):
        status.read(tmp_path)
    row = runs.row(tmp_path, tmp_path.parent)
    assert row[:2] == (tmp_path.name, "broken")


def test_a_folder_without_runs_is_no_mistake(tmp_path, capsys):
    runs.main(["runs", os.fspath(tmp_path)])
    assert capsys.readouterr().out.startswith("There are no runs below ")
