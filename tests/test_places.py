"""Names of files and folders, and homes that are not there."""

import os
import pathlib

import pytest

from nas_tf.errors import UsageError
from nas_tf.machine import places

REFUSED = [
    ("gs://bucket/run", "Received: gs://bucket/run"),
    ("s3://bucket", "of this machine"),
    ("file:///tmp/run", "of this machine"),
    ("HDFS://x/y", "of this machine"),
    ("gs:/bucket", "of this machine"),
    ("~nobody_of_this_name/run", "a home folder"),
    (None, "NoneType"),
    (3, "int 3"),
    ("a\0b", "name of a file"),
]


@pytest.mark.parametrize("name, message", REFUSED)
def test_what_is_no_place_of_this_machine_is_refused(name, message):
    with pytest.raises(UsageError, match=message):
        places.local(name)


def test_a_tilde_is_the_home(monkeypatch):
    monkeypatch.setenv("HOME", "/some/home")
    assert places.local("~/runs/a") == pathlib.Path("/some/home/runs/a")
    assert places.local(pathlib.Path("~")) == pathlib.Path("/some/home")
    assert places.local(b"runs") == pathlib.Path("runs")
    for name in ("runs/a b'c", "C:/runs", "a:b", "./x", "run:1/2"):
        assert places.local(name) == pathlib.Path(name)


@pytest.mark.parametrize("home", ["/proc/none", "~", ""])
def test_without_a_home_files_are_temporary(tmp_path, monkeypatch, home):
    monkeypatch.setenv("HOME", home)
    monkeypatch.delenv("VARIABLE", raising=False)
    monkeypatch.setattr(places.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.chdir(tmp_path)
    own = tmp_path / f"nas_tf-{os.getuid()}"
    found = places.cache("VARIABLE", ".cache/nas_tf")
    assert found[-1] == own
    assert own.stat().st_mode & 0o777 == 0o700
    assert not (tmp_path / "~").exists()
    own.chmod(0o777)
    with pytest.raises(UsageError, match="that others can change"):
        places.cache("VARIABLE", ".cache/nas_tf")


def test_the_environment_comes_first(tmp_path, monkeypatch):
    monkeypatch.setenv("VARIABLE", "~/x")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert places.cache("VARIABLE", "y") == (tmp_path / "x",)
    monkeypatch.delenv("VARIABLE")
    assert places.cache("VARIABLE", "y") == (tmp_path / "y",)
