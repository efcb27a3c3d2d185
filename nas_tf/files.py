"""Files that are replaced atomically, and JSON files."""

import contextlib
import json
import math
import os
import secrets
import time

import numpy as np

from nas_tf import reading
from nas_tf.machine import places

_PREFIX, _SUFFIX = ".nas_tf-", ".partial"
# After this time a file is one that a killed process has left, in seconds.
_LEFT = 3600


@contextlib.contextmanager
def written_whole(path, binary=False):
    """Opens a file for writing that replaces `path` atomically at the end.

    The content is written to a new file beside it, with a random name that
    ends in ".partial" and the rights that the umask leaves. That file is
    synced and renamed when the block ends. After an error `path` is unchanged.

    Args:
        path: Path of the file. Its folder has to exist.
        binary: Whether bytes are written. Default: False, UTF-8 text.

    Yields:
        The open file.

    Raises:
        OSError: If it cannot be written.
    """
    path = places.local(path)
    # Others may have put a link where the name can be guessed.
    _remove_leftovers(path.parent)
    partial = path.with_name(f"{_PREFIX}{secrets.token_hex(8)}{_SUFFIX}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    mode, encoding = ("wb", None) if binary else ("w", "utf-8")
    try:
        handle = os.open(partial, flags, 0o666)
        with open(handle, mode, encoding=encoding) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise


def plain(value):
    """Returns a number or an array of NumPy as JSON has it.

    It is the `default` of `json.dump`.

    Raises:
        TypeError: For any other value.
    """
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is no value of JSON")


def finite(value):
    """Returns a value as JSON can have it, with None for NaN and infinity.

    JSON has no such numbers, and `nas_tf.reading` refuses them.

    Args:
        value: JSON-able value, or a number or an array of NumPy within one.
    """
    if isinstance(value, (np.generic, np.ndarray)):
        value = value.tolist()
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def write_json(path, record):
    """Writes a JSON file, replacing it atomically.

    Args:
        path: Path of the file.
        record: As for `finite`.

    Raises:
        OSError: If it cannot be written.
    """
    with written_whole(path) as file:
        json.dump(finite(record), file, indent=2)
        file.write("\n")


def read_json(path, what="a JSON file"):
    """Returns the value in a JSON file, see `nas_tf.reading`.

    Args:
        path: Path of the file.
        what: What is expected, for the message. Default: "a JSON file".

    Raises:
        UsageError: If there is no such file, or it is not JSON.
    """
    path = places.local(path)
    return reading.parsed(
        reading.content(path, what, reading.LARGEST_JSON), path, what
    )


def _remove_leftovers(folder):
    for path in folder.glob(f"{_PREFIX}*{_SUFFIX}"):
        with contextlib.suppress(OSError):
            if time.time() - path.lstat().st_mtime > _LEFT:
                path.unlink()
