"""A folder as files of limited size, to be carried to another machine.

    python -m experiments.full.parts split FOLDER PARTS
    python -m experiments.full.parts join PARTS FOLDER

`split` writes part_00, part_01, ... and parts.json, which has their sizes and
checksums; `join` checks them. Names inside are relative to the folder.
"""

import hashlib
import io
import json
import os
import pathlib
import sys
import tarfile

from nas_tf.errors import UsageError
from nas_tf.files import read_json
from nas_tf.files import write_json

# Below 16 MB, whatever an MB is.
MOST_BYTES = 15_000_000
LIST = "parts.json"


def split(folder, parts, leave_out=(), **facts):
    """Writes the files of a folder as parts, which replace those of before.

    Args:
        folder: `pathlib.Path` of the folder.
        parts: `pathlib.Path` of the folder of the parts, made if missing.
        leave_out: Names of files and folders directly in `folder` to leave out.
        **facts: JSON-able facts for `facts_of`.

    Returns:
        The number of parts.
    """
    parts.mkdir(parents=True, exist_ok=True)
    # Without its list, what is half written is no set of parts.
    (parts / LIST).unlink(missing_ok=True)
    for old in parts.glob("part_*"):
        old.unlink()
    writer = _Writer(parts)
    with tarfile.open(fileobj=writer, mode="w|") as archive:
        for path in sorted(folder.iterdir()):
            if path.name not in leave_out:
                archive.add(path, path.name)
    writer.finish()
    write_json(parts / LIST, {"parts": writer.written, **facts})
    return len(writer.written)


def facts_of(parts):
    """Returns what was written beside the parts, {} if there are none."""
    path = parts / LIST
    return read_json(path) if path.is_file() else {}


def join(parts, folder):
    """Writes the files of parts into a folder.

    Args:
        parts: `pathlib.Path` of the folder of the parts.
        folder: `pathlib.Path` of the folder, made if missing.

    Raises:
        UsageError: If a part is missing or is not as it was written.
    """
    listed = facts_of(parts).get("parts")
    if not isinstance(listed, list) or not listed:
        raise UsageError(f"Expected {LIST} of parts. Received: none in {parts}")
    whole = io.BytesIO()
    for number, wanted in enumerate(listed):
        path = parts / f"part_{number:02}"
        content = path.read_bytes() if path.is_file() else b""
        if not content or _checksum(content) != wanted:
            raise UsageError(
                f"Expected {len(listed)} parts as they were written. Received: "
                f"{path}, which "
                + ("is another file" if content else "is missing")
            )
        whole.write(content)
    whole.seek(0)
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=whole) as archive:
        # Nothing outside of the folder, and no links or devices.
        archive.extractall(folder, filter="data")


class _Writer(io.RawIOBase):
    """A stream that becomes parts."""

    def __init__(self, parts):
        self.written = []
        self._parts = parts
        self._held = bytearray()

    def writable(self):
        return True

    def write(self, content):
        self._held += content
        while len(self._held) >= MOST_BYTES:
            self._write_one()
        return len(content)

    def finish(self):
        while self._held:
            self._write_one()

    def _write_one(self):
        content = bytes(self._held[:MOST_BYTES])
        del self._held[:MOST_BYTES]
        path = self._parts / f"part_{len(self.written):02}"
        path.write_bytes(content)
        self.written.append(_checksum(content))


def _checksum(content):
    return hashlib.sha256(content).hexdigest()


def main(argv):
    names = {"split": split, "join": join}
    if len(argv) != 3 or argv[0] not in names:
        raise UsageError(
            f"Expected split FOLDER PARTS or join PARTS FOLDER. Received: "
            f"{' '.join(argv) or 'nothing'}"
        )
    source, target = map(pathlib.Path, argv[1:])
    if not os.path.isdir(source):
        raise UsageError(f"Expected a folder. Received: {source}")
    names[argv[0]](source, target)
    print(json.dumps({"parts": len(facts_of(target).get("parts", ()))})) if (
        argv[0] == "split"
    ) else None


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except UsageError as error:
        sys.exit(f"error: {error}")
