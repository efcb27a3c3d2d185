"""Files written whole or not at all, and JSON read with one clear line."""

import contextlib
import json
import os
import pathlib

from nas_tf.errors import UsageError


@contextlib.contextmanager
def written_whole(path, binary=False):
    """Gives a file to write that takes its place at the end, synced.

    Until then, and after any error, what was at `path` is untouched. The
    content is written beside it, to a file whose name ends in ".partial".

    Args:
        path: Path of the file; its folder exists.
        binary: Whether bytes are written; UTF-8 text by default.

    Yields:
        The open file.

    Raises:
        OSError: If it cannot be written.
    """
    path = pathlib.Path(path)
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
    """Writes a JSON file whole or not at all.

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
    """Returns what a JSON file holds.

    Raises:
        UsageError: If there is no such file, or it is not JSON.
    """
    path = pathlib.Path(path)
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or "it is broken"
        raise UsageError(
            f"Expected a JSON file. Received: {path} ({reason})"
        ) from None
