"""Output that cannot be written does not end a command.

stdout and stderr may be closed, a pipe that nobody reads, or a file on a full
disk. What cannot be written then is lost. A search whose children took days is
not: it goes on.
"""

import contextlib
import errno
import io
import os
import select
import sys

from nas_tf.machine import standard_streams


class _Forgiving(io.RawIOBase):
    """Writes to a file descriptor; what cannot be written is dropped.

    Attributes:
        error: The first `OSError` of writing, or None.
    """

    def __init__(self, handle):
        super().__init__()
        self._handle = handle
        self.error = None

    def fileno(self):
        return self._handle

    def isatty(self):
        return os.isatty(self._handle)

    def writable(self):
        return True

    def write(self, data):
        while True:
            try:
                return os.write(self._handle, data)
            except BlockingIOError:
                # Somebody has made a shared terminal or pipe non-blocking.
                select.select([], [self._handle], [])
            except OSError as error:
                self.error = self.error or error
                return len(data)


def forgive():
    """Replaces stdout and stderr by streams that drop what cannot be written.

    What `standard_streams.settle` does comes first.
    """
    standard_streams.settle()
    for name, number in (("stdout", 1), ("stderr", 2)):
        old = getattr(sys, name)
        if old is not None and not _is_plain(old, number):
            # Somebody's own stream, as in a notebook or a test.
            continue
        with contextlib.suppress(OSError, ValueError):
            if old is not None:
                old.flush()
        raw = _Forgiving(number)
        new = io.TextIOWrapper(
            io.BufferedWriter(raw),
            encoding=getattr(old, "encoding", None) or "utf-8",
            # A message must not fail for a letter that stdout lacks.
            errors=getattr(old, "errors", None) or "backslashreplace",
            line_buffering=number == 2 or raw.isatty(),
        )
        if old is not None:
            # Its end would close the file descriptor.
            _kept.append(old)
        setattr(sys, name, new)


# Streams that were replaced.
_kept: list = []


def lost():
    """Returns why stdout lost output, as text, or "" if it did not.

    A pipe whose reader has ended, such as `head`, has not lost anything.
    """
    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.stdout.flush()
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    error = getattr(raw, "error", None)
    if error is None or error.errno == errno.EPIPE:
        return ""
    return error.strerror


def _is_plain(stream, number):
    try:
        return type(stream) is io.TextIOWrapper and stream.fileno() == number
    except (OSError, ValueError):
        return True
