"""What a machine lacks is told in one line."""

import errno
import os

import pytest

from nas_tf.commands import lacking


@pytest.mark.parametrize(
    "error, words",
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "No space left"),
        (OSError(errno.EMFILE, os.strerror(errno.EMFILE), "a"), "files: a"),
        (PermissionError(errno.EROFS, "Read-only file system"), "Read-only"),
        (FileNotFoundError(2, "No usable temporary directory in []"), "usable"),
        (RuntimeError("can't start new thread"), "new thread"),
        (ImportError("x.so: failed to map segment from it"), "failed to map"),
        (MemoryError(), "more memory"),
    ],
)
def test_what_is_lacking_is_one_line_however_it_was_raised(error, words):
    assert words in lacking.line(error)
    around = RuntimeError("of a library")
    around.__cause__ = error
    assert lacking.line(around) == lacking.line(error)
    assert "\n" not in lacking.line(error)


@pytest.mark.parametrize(
    "error",
    [ValueError("a bug"), FileNotFoundError(2, "No such file"), KeyError(1)],
)
def test_any_other_exception_keeps_its_traceback(error):
    assert lacking.line(error) == ""
