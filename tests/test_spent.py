"""The time of a search that its journal does not have."""

import json
import os

import pytest

from nas_tf.runs import spent
from nas_tf.runs.archive import Archive
from nas_tf.runs.journal import Batch
from nas_tf.search.stopping import StoppingRule
from nas_tf.trial import OK
from nas_tf.trial import Proposal
from nas_tf.trial import Result


def test_what_is_written_is_read(tmp_path):
    assert spent.read(tmp_path, 0) == 0
    spent.write(tmp_path, 12.5, 3)
    assert spent.read(tmp_path, 3) == spent.read(tmp_path, 4) == 12.5
    # The journal is that of another search.
    assert spent.read(tmp_path, 2) == 0


@pytest.mark.parametrize(
    "record, seconds",
    [
        (None, 2000),
        ({"seconds": 3000, "children": 1}, 3000),
        ({"seconds": 1000, "children": 1}, 2000),
        # More children than there are: the journal is of another search.
        ({"seconds": 3000, "children": 2}, 2000),
        ({"seconds": -1, "children": 1}, 2000),
        ({"seconds": "3000", "children": 1}, 2000),
        ({"seconds": 3000}, 2000),
        ([3000], 2000),
    ],
)
def test_earlier_runs_have_the_time_of_their_children(
    tmp_path, record, seconds
):
    with Archive(tmp_path, {}) as archive:
        archive.add_batch(Batch(0, 0, 0, (Proposal(0, 0, (), 0.0, 0),)))
        result = Result(OK, 0.5, started=0.0, seconds=2000.0)
        archive.add_trial(Proposal(0, 0, (), 0.0, 0), result)
    if record is not None:
        (tmp_path / spent.FILE).write_text(json.dumps(record))
    rule = StoppingRule(max_hours=1)
    with Archive(tmp_path, {}) as archive:
        rule.start(archive)
    assert rule.seconds_left() == pytest.approx(3600 - seconds, abs=5)


def test_time_is_not_written_into_another_directory(tmp_path):
    folder = tmp_path / "run"
    with Archive(folder, {}) as archive:
        folder.rename(tmp_path / "moved")
        archive.set_spent(5.0)
        assert not folder.exists()
        folder.mkdir()
        archive.set_spent(5.0)
        assert not list(folder.iterdir())


@pytest.mark.parametrize("kind", ["pipe", "folder", "nonsense", "huge"])
def test_a_file_that_cannot_be_read_is_none(tmp_path, kind):
    path = tmp_path / spent.FILE
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "nonsense":
        path.write_bytes(b"\xff\x00nonsense")
    else:
        path.write_text('{"seconds": 1e999, "children": 0}')
    assert spent.read(tmp_path, 9) == 0
    with Archive(tmp_path, {}) as archive:
        archive.set_spent(5.0)
    assert spent.read(tmp_path, 9) == (0 if kind == "folder" else 5)
