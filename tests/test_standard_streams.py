"""Standard streams that are missing, closed or of few characters."""

import io
import os
import sys

import pytest

from nas_tf.machine import standard_streams


@pytest.mark.parametrize("kind", ["none", "closed"])
def test_messages_to_a_stream_that_is_not_there_are_lost(monkeypatch, kind):
    stream = io.StringIO()
    stream.close()
    monkeypatch.setattr(sys, "stderr", None if kind == "none" else stream)
    print("x", file=standard_streams.stderr(), flush=True)
    assert not standard_streams.stderr().isatty()


def test_an_open_stream_is_itself():
    assert standard_streams.stderr() is sys.stderr


def test_characters_that_are_not_known_are_escaped(monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, "ascii"))
    monkeypatch.setattr(sys, "stderr", None)
    standard_streams.settle()
    print("naïve → 猫", flush=True)
    assert raw.getvalue() == b"na\\xefve \\u2192 \\u732b\n"
    print("lost", file=sys.stderr)
    sys.stderr.close()


def test_closed_descriptors_become_one_to_nowhere():
    kept = os.dup(2)
    os.close(2)
    try:
        standard_streams.settle()
        os.write(2, b"lost")
        assert os.path.samestat(os.fstat(2), os.stat(os.devnull))
    finally:
        os.dup2(kept, 2)
        os.close(kept)
