"""A second run is compared with the first, child by child."""

import json
import pathlib
import shutil

import pytest

from experiments import agree
from nas_tf.runs import journal

ROOT = pathlib.Path(__file__).parent.parent


def test_disagreement_is_told(tmp_path):
    for folder, reward in (("a", 0.5), ("b", 0.25)):
        path = tmp_path / folder / "trained" / "x" / "training"
        path.mkdir(parents=True)
        history = {"loss": [1.0, 2.0], "val_accuracy": [0.5, reward]}
        (path / "history.json").write_text(json.dumps(history))
    [(line, same)] = agree.compare(tmp_path / "a", tmp_path / "b")
    assert not same
    assert "1 of 2 epochs agree; number 1" in line
    assert "0.25" in line
    for argv, code in (
        (["", str(tmp_path / "a"), str(tmp_path / "b")], 1),
        (["", str(tmp_path / "a"), str(tmp_path / "a")], 0),
    ):
        with pytest.raises(SystemExit) as exit_:
            agree.main(argv)
        assert exit_.value.code == code


def test_searches_are_compared_child_by_child(tmp_path):
    runs = ROOT / "experiments/digits/runs"
    for folder, name in (
        ("a", "random_0"),
        ("b", "random_0"),
        ("c", "random_1"),
    ):
        path = tmp_path / folder / "runs" / "x"
        path.mkdir(parents=True)
        shutil.copy(runs / name / journal.TRIALS, path)
    # An interrupted second run agrees as far as it has run.
    copy = tmp_path / "b" / "runs" / "x" / journal.TRIALS
    copy.write_text("".join(copy.read_text().splitlines(True)[:5]))
    [(line, same)] = agree.compare(tmp_path / "a", tmp_path / "b")
    assert (line, same) == ("runs/x: 5 of 5 children agree", True)
    [(line, same)] = agree.compare(tmp_path / "a", tmp_path / "c")
    assert not same
    assert "of 96 children agree; number 0 is the first" in line


def test_folders_without_a_run_in_common_have_nothing_to_compare(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    with pytest.raises(SystemExit, match="no run in common"):
        agree.main(["", str(tmp_path / "a"), str(tmp_path / "b")])
