"""The best architecture of a run, in its folder."""

import json
import resource

import pytest
from PIL import Image

from nas_tf.errors import UsageError
from nas_tf.runs import spec_file
from nas_tf.search.observer import Observer
from nas_tf.search.run_search import run_search
from nas_tf.search.winner import Winner
from tests import toy
from tests.toy_deriving import Deriving

SPACE = toy.ToySpace()


def search(run_dir, *observers, max_children=4):
    return run_search(
        SPACE,
        toy.ToyTask(),
        "random_search",
        evaluator=toy.ToyEvaluator(),
        run_dir=run_dir,
        max_children=max_children,
        children_per_replica=2,
        observers=observers,
    )


def test_the_best_is_in_its_folder(tmp_path):
    archive = search(tmp_path, Winner(SPACE), max_children=16)
    path = tmp_path / "best" / "spec.json"
    assert json.loads(path.read_text()) == {
        "space": "tests.toy.ToySpace(width=3)",
        "task": None,
        "spec": archive.best()[0].result.spec,
    }
    with Image.open(tmp_path / "best" / "architecture.png") as picture:
        assert picture.size[0] > 100
    names = {path.name for path in (tmp_path / "best").iterdir()}
    assert names == {"spec.json", "architecture.png"}


def test_its_task_is_named(tmp_path):
    search(tmp_path, Winner(SPACE, toy.ToyTask()))
    path = tmp_path / "best" / "spec.json"
    assert json.loads(path.read_text())["task"] == "tests.toy.ToyTask"
    assert spec_file.read(path)[0] == "tests.toy.ToySpace(width=3)"


def test_it_is_written_when_the_best_changes(tmp_path, monkeypatch):
    written = []
    write = Winner._write_best
    monkeypatch.setattr(
        Winner,
        "_write_best",
        lambda self, folder, best: (
            written.append(best.trial_id) or write(self, folder, best)
        ),
    )
    archive = search(tmp_path, Winner(SPACE), max_children=16)
    best, expected = -1.0, []
    for trial in archive.trials:
        if trial.reward > best:
            best = trial.reward
            expected.append(trial.trial_id)
    assert written == expected


def test_a_derived_run_that_goes_on_has_no_best_until_it_derives(tmp_path):
    path = tmp_path / "best" / "spec.json"
    found = []

    class Looking(Observer):
        def on_trial(self, archive, trial):
            found.append(path.exists() and json.loads(path.read_text())["spec"])

    for count in (8, 16):
        archive = run_search(
            SPACE,
            toy.ToyTask(),
            "random_search",
            evaluator=Deriving(),
            run_dir=tmp_path,
            max_children=count,
            observers=[Winner(SPACE), Looking()],
        )
        best = archive.best()[0].result.spec
        assert json.loads(path.read_text())["spec"] == best
        if count == 8:
            expected = [False] * 8 + [best] * 8
    # The folder keeps the best of the shorter search until then.
    assert found == expected


def test_a_full_disk_where_the_best_is_written_is_one_line(tmp_path):
    archive = search(tmp_path)
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, old[1]))
    try:
        with pytest.raises(UsageError, match="Cannot write") as caught:
            Winner(SPACE).on_start(archive, None)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "best" / "architecture.png").exists()
