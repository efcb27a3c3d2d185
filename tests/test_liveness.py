"""A run is live while a process holds its lock."""

import time

import pytest

from nas_tf.errors import UsageError
from nas_tf.runs.archive import Archive
from nas_tf.runs.liveness import is_live


def test_a_run_is_live_while_its_archive_is_open(tmp_path):
    assert not is_live(tmp_path)
    with Archive(tmp_path, {"format": 2}):
        assert is_live(tmp_path)
        # Asking takes the lock from nobody.
        with pytest.raises(UsageError, match="in use by a live process"):
            Archive(tmp_path, {"format": 2})
    assert not is_live(tmp_path)


def test_asking_keeps_no_search_from_starting(tmp_path):
    end = time.monotonic() + 0.5
    while time.monotonic() < end:
        with Archive(tmp_path, {"format": 2}):
            pass
        assert not is_live(tmp_path)
