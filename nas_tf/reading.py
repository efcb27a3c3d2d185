"""How files are read that may come from somebody else.

Only regular files are read, so that a pipe or a device in the place of a file
neither blocks nor fills the memory, and only up to a size. JSON is parsed
without the numbers NaN and Infinity, which JSON does not have, and up to a
depth. What is wrong is a `UsageError` with the place.
"""

import contextlib
import io
import json
import os
import stat
import zipfile

from nas_tf.errors import UsageError

# Far more than this package writes: a journal of a million children has 2 GB.
LARGEST = 4 * 2**30
LARGEST_JSON = 256 * 2**20
LARGEST_TEXT = 16 * 2**20
# What a text of wide characters looks like if it is taken for UTF-8.
WIDE = "characters of number 0, as UTF-16 and files that are no text have them"
# What this package writes has at most ten levels.
DEEPEST = 100


@contextlib.contextmanager
def opened(path, what="a file"):
    """Opens a regular file for reading bytes, without blocking.

    Args:
        path: Path of the file.
        what: What is expected, for the message. Default: "a file".

    Yields:
        The file.

    Raises:
        UsageError: If it cannot be read, or is no regular file. An `OSError`
            of the block is one too.
    """
    try:
        # Opening a pipe would wait for a writer otherwise.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(handle, "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise _refused(what, path, f"it is {_kind(mode)}")
            yield file
    except UsageError:
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _refused(what, path, reason) from None


def content(path, what="a file", largest=LARGEST):
    """Returns the bytes of a regular file.

    Args:
        path: Path of the file.
        what: What is expected, for the message. Default: "a file".
        largest: Largest size that is read, in bytes.

    Raises:
        UsageError: If it cannot be read, is no regular file, or is larger.
    """
    with opened(path, what) as file:
        size = os.fstat(file.fileno()).st_size
        if size > largest:
            limit = f"at most {largest:,} bytes"
            raise _refused(f"{what} of {limit}", path, f"it has {size:,}")
        return file.read(largest)


def text(path, what="a text file", largest=LARGEST_TEXT):
    """Returns the text of a regular file in UTF-8.

    Args:
        path: Path of the file.
        what: As for `content`.
        largest: As for `content`.

    Raises:
        UsageError: As for `content`, or if it is not UTF-8 or has a character
            of number 0.
    """
    try:
        found = content(path, what, largest).decode("utf-8")
    except UnicodeDecodeError as error:
        reason = f"its byte {error.start} is no UTF-8"
        raise _refused(what, path, reason) from None
    if "\0" in found:
        raise _refused(what, path, f"it is no UTF-8: it has {WIDE}")
    return found


def parsed(data, place, what="JSON"):
    """Returns the value of a JSON text.

    Args:
        data: Text or bytes.
        place: Where it stands, for the message, such as "line 3 of FILE".
        what: What is expected, for the message. Default: "JSON".

    Raises:
        UsageError: If it is no JSON, has NaN or Infinity, a number of
            thousands of digits, or more than 100 levels. Half of a surrogate
            pair in a text becomes a question mark.
    """
    try:
        value = json.loads(data, parse_constant=_no_constant)
        _check_depth(value, data)
        if ("\\u" if isinstance(data, str) else b"\\u") in data:
            # Half of a surrogate pair is no character, and cannot be written.
            text = json.dumps(value, ensure_ascii=False)
            value = json.loads(text.encode("utf-8", "replace"))
    except UnicodeDecodeError as error:
        reason = f"byte {error.start} is no UTF-8"
    except RecursionError:
        reason = f"more than {DEEPEST} levels"
    except json.JSONDecodeError as error:
        reason = f"{error.msg} at character {error.pos + 1}"
    except ValueError as error:
        reason = str(error)
    else:
        return value
    raise UsageError(
        f"Expected {what} in {place}. Received: {shown(data)}, which cannot "
        f"be read ({reason})"
    )


@contextlib.contextmanager
def arrays(path, what):
    """Opens a `.npz` file of NumPy arrays, of which nothing is unpickled.

    Args:
        path: Path of the file.
        what: What is expected, for the message.

    Yields:
        The `numpy.lib.npyio.NpzFile`.

    Raises:
        UsageError: If the file cannot be read. Any error that NumPy raises for
            a broken file within the block is one too.
    """
    import numpy as np

    with opened(path, what) as file:
        try:
            with np.load(file, allow_pickle=False) as found:
                if not hasattr(found, "files"):
                    raise ValueError("it holds no arrays by name")
                yield found
        except (UsageError, OSError):
            raise
        # NumPy and zipfile raise nearly any kind of error for broken files.
        except Exception as error:
            reason = str(error).split("\n")[0] or type(error).__name__
            raise _refused(what, path, f"it is broken: {reason}") from None


def member(path, name, largest=LARGEST_JSON):
    """Returns the bytes of a file in a ZIP archive, None if there is none.

    Args:
        path: Path of the archive.
        name: Name of the file in it.
        largest: Largest size that is read, in bytes, once unpacked.

    Raises:
        UsageError: If it is no archive, or the file in it is larger or broken.
    """
    what = "a ZIP archive"
    with opened(path, what) as file:
        try:
            with zipfile.ZipFile(file) as archive:
                if name not in archive.namelist():
                    return None
                with archive.open(name) as inner:
                    data = inner.read(largest + 1)
        # zipfile raises nearly any kind of error for broken files.
        except Exception as error:
            reason = str(error).split("\n")[0] or type(error).__name__
            raise _refused(what, path, f"it is broken: {reason}") from None
    if len(data) > largest:
        raise _refused(what, path, f"{name} has more than {largest:,} bytes")
    return data


class Bounded(io.RawIOBase):
    """A stream of bytes that ends in an error after too many of them.

    A compressed file of megabytes may hold terabytes.

    Args:
        file: Stream to read from.
        largest: Number of bytes that may be read.
        refuse: Function without arguments that returns the error.
    """

    def __init__(self, file, largest, refuse):
        super().__init__()
        self._file, self._left, self._refuse = file, largest, refuse

    def readable(self):
        return True

    def readinto(self, buffer):
        data = self._file.read(len(buffer))
        self._left -= len(data)
        if self._left < 0:
            raise self._refuse()
        buffer[: len(data)] = data
        return len(data)


def check_path(path, what="a path"):
    """Raises `UsageError` if no file or folder can have a name.

    Args:
        path: String or path.
        what: What is expected, for the message. Default: "a path".
    """
    name = os.fspath(path)
    try:
        # Names of files are written to journals and pages.
        os.fsdecode(name).encode("utf-8")
        os.lstat(name)
    except UnicodeEncodeError:
        reason = "it is no UTF-8 text"
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
    else:
        return
    raise _refused(what, ascii(name)[1:-1], reason)


def shown(value, length=60):
    """Returns the beginning of a value, as Python writes it, for a message."""
    if isinstance(value, (bytes, bytearray)):
        value = bytes(value[: length + 1]).decode("utf-8", errors="replace")
    if isinstance(value, (str, list, tuple)):
        value = value[: length + 1]
    try:
        text = repr(value)
    except (ValueError, RecursionError):
        # Python writes no whole number of more than some thousand digits.
        text = f"a long {type(value).__name__}"
    return text if len(text) <= length else text[: length - 3] + "..."


def _refused(what, path, reason):
    return UsageError(f"Expected {what}. Received: {path} ({reason})")


def _kind(mode):
    for test, name in (
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISSOCK, "a socket"),
    ):
        if test(mode):
            return name
    return "a device"


def _no_constant(name):
    raise ValueError(f"JSON has no {name}")


def _check_depth(value, data):
    brackets = "[{" if isinstance(data, str) else (b"[", b"{")
    if sum(map(data.count, brackets)) <= DEEPEST:
        return
    level, left = [value], DEEPEST
    while level:
        if not left:
            raise RecursionError
        left -= 1
        level = [
            inner
            for outer in level
            if isinstance(outer, (dict, list))
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, (dict, list))
        ]
