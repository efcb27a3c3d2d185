"""The file of one architecture, `spec.json`.

    {"space": "conv(num_layers=4, ...)", "task": "digits(...)", "spec": {...}}

Space and task are call strings. The task is null if nothing was trained.
Earlier versions wrote the spec alone.
"""

import os
import pathlib

from nas_tf import checks
from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.files import read_json
from nas_tf.files import write_json
from nas_tf.specs.base import Spec


def write(path, space, spec, task=None):
    """Writes the file of one architecture, replacing it atomically.

    Args:
        path: The file, whose folder exists.
        space: `SearchSpace` that builds the architecture, or its call string.
        spec: Spec, or its JSON.
        task: `Task` of the search or training, its call string, or None
            (default).

    Raises:
        OSError: If it cannot be written.
    """
    write_json(
        path,
        {
            "space": _call(space),
            "task": _call(task),
            "spec": spec.to_json() if hasattr(spec, "to_json") else spec,
        },
    )


def read(path):
    """Returns what a file of an architecture holds.

    Args:
        path: The file, of this or an earlier version.

    Returns:
        A pair of the space's call string, None if the file does not have one,
        and the spec's JSON.

    Raises:
        UsageError: If there is no such file, or it is not JSON.
    """
    record = _record(path)
    if isinstance(record, dict) and record.keys() >= {"space", "spec"}:
        return registry.upgraded("spaces", record["space"]), record["spec"]
    return None, record


def task_of(path):
    """Returns the call string of the task that a file names, or None.

    Args:
        path: The file, of this or an earlier version.

    Raises:
        UsageError: If there is no such file, or it is not JSON.
    """
    record = _record(path)
    if not (isinstance(record, dict) and record.keys() >= {"task", "spec"}):
        return None
    task = record["task"]
    return task if task is None else registry.upgraded("tasks", task)


def _record(path):
    """Returns a file's JSON, whose parts are call strings."""
    record = read_json(path, "the spec of an architecture")
    if isinstance(record, dict) and record.keys() >= {"space", "spec"}:
        try:
            checks.text(record, "space")
            checks.text({"task": record.get("task")}, "task", optional=True)
        except UsageError as error:
            raise UsageError(f"{path}: {error}") from None
    return record


def load(path, space=None):
    """Returns an architecture and the space that builds it.

    Args:
        path: The file.
        space: Call string of a space that replaces the file's, or None
            (default). A file of an earlier version is read by the first space
            that accepts it.

    Returns:
        A pair `(space, spec)`.

    Raises:
        UsageError: If the file cannot be read, or its spec is not one of the
            space.
    """
    call, record = read(path)
    if space is None:
        space = call
    if space is not None:
        space = registry.make("spaces", space)
        return space, space.read_spec(record)
    names = registry.names("spaces")
    for name in names:
        try:
            space = registry.make("spaces", name)
            return space, space.read_spec(record)
        except UsageError:
            continue
    raise UsageError(
        f"Expected the spec of a search space in {pathlib.Path(path)}, one of "
        f"{', '.join(names)} or --space. Received: another"
    )


def load_spec(path: str | os.PathLike) -> Spec:
    """Returns the architecture in a file such as `best/spec.json`.

    Args:
        path: The file.

    Returns:
        The spec, for instance a `TreeSpec` or a `ConvNetSpec`.

    Raises:
        UsageError: If the file cannot be read.
    """
    return load(path)[1]


def _call(part):
    if part is None or isinstance(part, str):
        return part
    return registry.call_string(part)
