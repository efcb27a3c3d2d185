"""Arrays that the workers of a machine share through files."""

import numpy as np
import pytest

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


def test_cache_falls_back_to_memory(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("NAS_TF_CACHE_DIR", str(tmp_path / "file" / "cache"))
    made = {"x": np.arange(5)}
    assert _cache.arrays("test", [3], lambda: made) is made
    assert _cache.arrays("test", [3], lambda: None) is made
