"""Files written whole or not at all."""

import json
import os
import re

import numpy as np
import pytest

from nas_tf.errors import UsageError
from nas_tf.files import read_json
from nas_tf.files import write_json
from nas_tf.files import written_whole


def test_a_file_takes_its_place_at_the_end(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("old")
    with written_whole(path) as file:
        file.write("new \u00fc")
        file.flush()
        assert path.read_text() == "old"
    assert path.read_bytes() == "new \u00fc".encode()
    assert list(tmp_path.iterdir()) == [path]


def test_bytes_may_be_written(tmp_path):
    with written_whole(tmp_path / "file", binary=True) as file:
        file.write(b"\xff\x00")
    assert (tmp_path / "file").read_bytes() == b"\xff\x00"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_leaves_what_was_there(tmp_path, error):
    path = tmp_path / "file.txt"
    path.write_text("old")
    with pytest.raises(error), written_whole(path) as file:
        file.write("half")
        raise error
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_synced_before_it_takes_its_place(tmp_path, monkeypatch):
    events = []
    sync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda f: events.append("sync") or sync(f))
    monkeypatch.setattr(
        os, "replace", lambda *a: events.append("replace") or replace(*a)
    )
    write_json(tmp_path / "file.json", {})
    assert events == ["sync", "replace"]


def test_a_folder_that_cannot_be_written_is_an_os_error(tmp_path):
    with pytest.raises(OSError, match="No such file"):
        write_json(tmp_path / "nowhere" / "file.json", {})


def test_numbers_that_json_lacks_are_none(tmp_path):
    path = tmp_path / "file.json"
    strange = [np.inf, -np.inf, np.nan, np.float32("inf")]
    write_json(path, {"a": [1.5, *strange], "b": np.array([2.0, np.nan])})
    assert read_json(path) == {"a": [1.5, *[None] * 4], "b": [2.0, None]}


def test_json_is_read_back(tmp_path):
    path = tmp_path / "file.json"
    record = {"a": [1, 0.1, None], "\u00fc": {}}
    write_json(path, record)
    assert read_json(path) == record
    assert json.loads(path.read_text()) == record
    assert path.read_text().endswith("}\n")


@pytest.mark.parametrize("content", [b"{", b"\xff", b"[" * 100_000, None])
def test_what_is_no_json_is_one_line(tmp_path, content):
    path = tmp_path / "file.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=re.escape(str(path))) as caught:
        read_json(path)
    assert "\n" not in str(caught.value)
