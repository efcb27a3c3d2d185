"""What callers hand over, and what happens to files, in searches of a table.

Each case once ended with a traceback, or hung.
"""

import dataclasses
import json
import os
import pickle
import shutil

import numpy as np
import pytest

from nas_tf import run_search as search_of_user
from nas_tf import trial
from nas_tf.commands import flagfiles
from nas_tf.commands.typed import quoted
from nas_tf.decisions import Categorical
from nas_tf.errors import UsageError
from nas_tf.evaluators.base import Evaluator
from nas_tf.evaluators.tabular import Tabular
from nas_tf.runs.archive import Archive
from nas_tf.search.observer import Observer
from nas_tf.search.run_search import run_search
from nas_tf.spaces.base import SearchSpace
from nas_tf.spaces.conv import Conv
from nas_tf.tasks.digits import Digits
from nas_tf.tasks.text import Text


@dataclasses.dataclass(frozen=True)
class Cells(SearchSpace):
    size: int = 3

    @property
    def decisions(self):
        labels = np.array([8, 16, 32])
        return (Categorical("width", self.size, labels=labels),) * 2


@dataclasses.dataclass(frozen=True)
class Total(Evaluator):
    """Rewards as NumPy computes them."""

    needs_task = False
    scale: float = 1.0

    def evaluate(self, space, task, actions, seed):
        spec = space.decode(actions).to_json()
        total = np.float32(np.sum(actions) * self.scale)
        return trial.Result(
            trial.OK, total, spec=spec, metrics={"count": np.int64(3)}
        )


def search(**options):
    parts = {"space": Cells(), "evaluator": Total()}
    options = {"max_children": 2, "strategy": "random_search", **options}
    return run_search(**{**parts, **options})


def test_values_of_numpy_are_those_of_python(tmp_path):
    numbers = {
        "seed": np.int64(3),
        "max_children": np.int32(2),
        "children_per_replica": np.uint8(2),
        "num_replicas": np.int64(1),
        "reuse_rewards": np.bool_(False),
        "patience": np.int16(9),
        "max_hours": np.float32(2),
        "space": Cells(np.int64(3)),
        "evaluator": Total(np.float32(1)),
    }
    search(run_dir=tmp_path / "run", **numbers)
    text = (tmp_path / "run" / "configuration.json").read_text()
    found = json.loads(text)
    assert found["seed"] == 3 and "Cells(size=3)" in found["space"]
    # It is resumed by the same numbers of Python.
    again = search(
        run_dir=tmp_path / "run",
        seed=3,
        children_per_replica=2,
        max_children=4,
    )
    assert len(again.trials) == 4


WRONG = {
    "class of a space": ({"space": Conv}, "the class Conv; Conv"),
    "class of a strategy": ({"strategy": dict}, "the class dict"),
    "class of an evaluator": ({"evaluator": Total}, "the class Total"),
    "no space": ({"space": None}, "NoneType None"),
    "bytes": ({"space": b"conv"}, "bytes b'conv'"),
    "number": ({"evaluator": 3}, "int 3"),
    "executor": ({"executor": None}, "NoneType None"),
    "observer": ({"observers": [Observer]}, "the class Observer"),
    "observers": ({"observers": None}, "a sequence. Received: None"),
    "an address": ({"run_dir": "gs://bucket/run"}, "gs://bucket/run"),
    "no name": ({"run_dir": 3}, "int 3"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_no_part_is_refused_in_a_line(case):
    options, message = WRONG[case]
    with pytest.raises(UsageError, match=message) as told:
        search(**options)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("task", [Digits, b"digits"])
def test_what_is_no_task_is_refused_in_a_line(task):
    with pytest.raises(UsageError, match="Received: .*(class Digits|bytes)"):
        search_of_user("conv", task, max_children=1)


def test_a_home_is_where_runs_go(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    search(run_dir="~/a run")
    assert (tmp_path / "a run" / "trials.jsonl").exists()
    assert not (tmp_path / "~").exists()


def test_an_archive_can_be_pickled(tmp_path):
    archive = search(run_dir=tmp_path / "run")
    with Archive(tmp_path / "again", {}) as held:
        assert pickle.loads(pickle.dumps(held)).trials == []
    assert pickle.loads(pickle.dumps(archive)).trials == archive.trials


class Removing(Observer):
    def __init__(self, run_dir):
        self.run_dir = run_dir

    def on_trial(self, archive, trial):
        shutil.rmtree(self.run_dir)


def test_a_run_directory_that_is_removed_ends_the_search(tmp_path):
    run_dir = tmp_path / "run"
    with pytest.raises(UsageError, match="removed"):
        search(run_dir=run_dir, observers=[Removing(run_dir)])


def test_flagfiles_of_windows_are_read(tmp_path):
    path = tmp_path / "mine.flags"
    path.write_bytes(b"\xef\xbb\xbf--seed=1\r\n--run_dir=a b\r\n")
    words = flagfiles.expand([f"--flagfile={path}"])
    assert words == ["--seed=1", "--run_dir=a b"]


def test_printed_commands_are_quoted():
    assert quoted("runs/a b") == "'runs/a b'"
    assert quoted("runs/it's") == "'runs/it'\"'\"'s'"
    assert quoted("runs/plain-1.0") == "runs/plain-1.0"


@pytest.mark.parametrize("text", ["a b c d e " * 40, "abcde" * 40])
def test_a_text_of_one_line_is_divided(tmp_path, text):
    path = tmp_path / "text8"
    path.write_text(text)
    task = Text(path=str(path), level="character")
    parts = [task.read(split) for split in ("train", "valid", "test")]
    assert [len(lines) for lines in parts] == [1, 1, 1]
    joined = "".join(lines[0] for lines in parts).replace(" ", "")
    assert joined == text.replace(" ", "")
    shares = [len(lines[0]) / len(text) for lines in parts]
    np.testing.assert_allclose(shares, [0.8, 0.1, 0.1], atol=0.03)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le"])
def test_texts_of_wide_characters_are_refused(tmp_path, encoding):
    path = tmp_path / "corpus.txt"
    path.write_bytes(("one two three\n" * 30).encode(encoding))
    with pytest.raises(UsageError, match="UTF-8.*number 0") as told:
        Text(path=str(path)).check()
    assert str(path) in str(told.value)


def test_a_table_is_found_in_the_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "t.csv").write_text("k,r\n0,1\n")
    assert Tabular("~/t.csv", "k", "r").identity()["rows"] == 1
    assert os.path.exists(tmp_path / "t.csv")
