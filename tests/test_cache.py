"""Arrays that the workers of a machine share through files."""

import fcntl
import threading

import numpy as np
import pytest

from nas_tf.errors import UsageError
from nas_tf.tasks import _cache


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("NAS_TF_CACHE_DIR", str(tmp_path))
    return tmp_path


def test_cache_makes_once_and_survives_a_torn_file(cache):
    calls = []

    def made():
        calls.append(1)
        return {"x": np.arange(5)}

    for _ in range(2):
        found = _cache.arrays("test", [1], made)["x"]
        assert isinstance(found, np.memmap) and found.tolist() == [*range(5)]
    assert len(calls) == 1
    _cache.arrays("test", [2], made)
    assert len(calls) == 2
    path = next(cache.glob("test-*/x.npy"))
    path.write_bytes(path.read_bytes()[:-8])
    for key in ([1], [2]):
        found = _cache.arrays("test", key, made)["x"]
        assert found.tolist() == [*range(5)]
    assert len(calls) == 3


def test_a_lock_that_is_held_for_long_is_told(cache, monkeypatch, capsys):
    monkeypatch.setattr(_cache, "SILENCE", 0.05)
    # As by a process that has been stopped.
    with open(cache / "data.lock", "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        threading.Timer(0.3, fcntl.flock, (held, fcntl.LOCK_UN)).start()
        with _cache.locked("data"):
            pass
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("Waiting for another process, which holds ")


SHAPES = {"x": ((5,), "int32"), "y": ((2, 3), "uint8")}


def fill(arrays):
    arrays["x"][:3] = [1, 2, 3]
    arrays["x"][3:] = [4, 5]
    arrays["y"][...] = 7


def test_arrays_are_filled_part_by_part(cache):
    for function in (fill, None):
        found = _cache.filled("test", [4], SHAPES, function)
        assert isinstance(found["x"], np.memmap)
        assert found["x"].tolist() == [1, 2, 3, 4, 5]
        assert found["y"].shape == (2, 3) and (found["y"] == 7).all()
        with pytest.raises(ValueError, match="read-only"):
            found["x"][0] = 0


@pytest.mark.parametrize(
    "error, message",
    [
        (OSError(28, "No space left on device"), "0.0 GB of room.*No space"),
        (UsageError("Expected labels."), "^Expected labels.$"),
    ],
)
def test_arrays_that_fail_leave_nothing(cache, error, message):
    def fail(arrays):
        fill(arrays)
        raise error

    with pytest.raises(UsageError, match=message):
        _cache.filled("test", [5], SHAPES, fail)
    assert not [path for path in cache.iterdir() if path.is_dir()]


def test_filled_arrays_fall_back_to_memory(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("NAS_TF_CACHE_DIR", str(tmp_path / "file" / "cache"))
    found = _cache.filled("test", [6], SHAPES, fill)
    assert _cache.filled("test", [6], SHAPES, None) is found
    assert found["x"].tolist() == [1, 2, 3, 4, 5]


def test_cache_falls_back_to_memory(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("NAS_TF_CACHE_DIR", str(tmp_path / "file" / "cache"))
    made = {"x": np.arange(5)}
    assert _cache.arrays("test", [3], lambda: made) is made
    assert _cache.arrays("test", [3], lambda: None) is made
