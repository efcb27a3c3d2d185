"""The standard streams, which may be missing, closed or of few characters."""

import io
import os
import sys


def stderr():
    """Returns the stream for messages, a text file that can be written.

    Where there is none, as in a window without a console, or it is closed,
    what is written to it is lost.
    """
    stream = sys.stderr
    if stream is None or getattr(stream, "closed", False):
        return io.StringIO()
    return stream


def settle():
    """Makes the streams of a command safe to write.

    A descriptor that the caller has closed, as by `2>&-`, becomes one to
    nowhere; otherwise the next file that is opened would get the messages of
    native code. A character that the terminal does not know is escaped.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # The lowest free number is taken.
            os.open(os.devnull, os.O_RDWR)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
