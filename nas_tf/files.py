"""Files that are replaced atomically, and JSON files."""

import contextlib
import json
import os

from nas_tf import places
from nas_tf.errors import UsageError


@contextlib.contextmanager
def written_whole(path, binary=False):
    """Opens a file for writing that replaces `path` atomically at the end.

    The content is written to a file beside it whose name ends in ".partial".
    That file is synced and renamed when the block ends. After an error `path`
    is unchanged.

    Args:
        path: Path of the file. Its folder has to exist.
        binary: Whether bytes are written. Default: False, UTF-8 text.

    Yields:
        The open file.

    Raises:
        OSError: If it cannot be written.
    """
    path = places.local(path)
    partial = path.with_name(path.name + ".partial")
    mode, encoding = ("wb", None) if binary else ("w", "utf-8")
    try:
        with open(partial, mode, encoding=encoding) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise


def write_json(path, record):
    """Writes a JSON file, replacing it atomically.

    Args:
        path: Path of the file.
        record: JSON-able value.

    Raises:
        OSError: If it cannot be written.
    """
    with written_whole(path) as file:
        json.dump(record, file, indent=2)
        file.write("\n")


def read_json(path):
    """Returns the value in a JSON file.

    Args:
        path: Path of the file.

    Raises:
        UsageError: If there is no such file, or it is not JSON.
    """
    path = places.local(path)
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or "it is broken"
        raise UsageError(
            f"Expected a JSON file. Received: {path} ({reason})"
        ) from None
