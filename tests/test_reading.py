"""What is no regular file, or no JSON, is one line and is never waited for."""

import io
import os
import socket

import pytest

from nas_tf import reading
from nas_tf.errors import LONGEST
from nas_tf.errors import UsageError


def test_what_is_no_regular_file_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(str(tmp_path / "socket"))
        for path in (*tmp_path.iterdir(), tmp_path / "none", "/dev/zero"):
            with pytest.raises(UsageError, match="Expected a file. Received"):
                reading.content(path)


def test_a_file_has_a_largest_size(tmp_path):
    (tmp_path / "file").write_bytes(b"12345")
    assert reading.content(tmp_path / "file", largest=5) == b"12345"
    with pytest.raises(UsageError, match="at most 4 bytes.*it has 5"):
        reading.content(tmp_path / "file", largest=4)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[1, NaN]",
        b"[-Infinity]",
        b"\xff",
        b"[" * 101 + b"]" * 101,
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"1" * 10_000,
        b"\0",
    ],
)
def test_what_is_no_json_is_one_line(text):
    with pytest.raises(UsageError, match="in line 3 of FILE") as caught:
        reading.parsed(text, "line 3 of FILE")
    assert "\n" not in str(caught.value)


def test_json_may_have_a_hundred_levels_and_whole_surrogate_pairs():
    assert reading.parsed("[" * 100 + "]" * 100, "FILE")
    assert reading.parsed('"\\ud83d\\ude00"', "FILE") == "\U0001f600"
    assert reading.parsed('["\\\\ud800"]', "FILE") == ["\\ud800"]
    assert reading.parsed('{"\\ud800": "\\ud800"}', "FILE") == {"?": "?"}


def test_a_stream_ends_after_its_bound():
    refusal = UsageError("Too much.")
    file = reading.Bounded(io.BytesIO(b"x" * 100), 99, lambda: refusal)
    with pytest.raises(UsageError, match="Too much"):
        file.readall()
    file = reading.Bounded(io.BytesIO(b"x" * 100), 100, lambda: refusal)
    assert file.readall() == b"x" * 100


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32-be"])
def test_texts_in_other_encodings_are_refused_as_such(tmp_path, encoding):
    path = tmp_path / "text"
    path.write_text("one two\n", encoding=encoding)
    with pytest.raises(UsageError, match="is no UTF-8"):
        reading.text(path)


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "x" * 5000, "\udcff"])
def test_names_that_no_file_can_have_are_refused(name):
    with pytest.raises(UsageError, match="Expected a path"):
        reading.check_path(name)


def test_long_messages_lose_their_middle():
    text = str(UsageError("Expected " + "x" * 10**7 + " in FILE"))
    assert len(text) <= LONGEST
    assert text.startswith("Expected x") and text.endswith("x in FILE")


def test_values_are_shown_short():
    for value in (10**5000, "x" * 10**6, [[1]] * 1000, b"\xff" * 100):
        assert len(reading.shown(value)) <= 60
