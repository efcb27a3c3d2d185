"""What may not change between two starts of a run, as a JSON file."""

import json
import os
import pathlib

from nas_tf.errors import UsageError

FILE = "configuration.json"


def write_json(path, record):
    """Writes a JSON file at once or not at all."""
    path = pathlib.Path(path)
    partial = path.with_name(path.name + ".partial")
    with open(partial, "w", encoding="utf-8") as file:
        json.dump(record, file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)


def compare(path, configuration):
    """Raises `UsageError` unless a file has this configuration.

    Args:
        path: JSON file.
        configuration: JSON-able dict.
    """
    try:
        old = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(
            f"Expected {path} beside the journal. Received: none"
        ) from None
    except ValueError:
        raise UsageError(f"Expected JSON in {path}. It is broken.") from None
    new = json.loads(json.dumps(configuration))
    changes = _differences(old, new)
    if changes:
        raise UsageError(
            f"Directory {path.parent} belongs to another configuration: "
            + "; ".join(changes)
        )


def _differences(old, new, path=""):
    if isinstance(old, dict) and isinstance(new, dict):
        if old.get("name") == new.get("name"):
            return [
                line
                for key in sorted(old.keys() | new.keys())
                for line in _differences(
                    old.get(key), new.get(key), f"{path}.{key}".lstrip(".")
                )
            ]
        old, new = old.get("name"), new.get("name")
    return [] if old == new else [f"{path} was {old!r}, is now {new!r}"]
