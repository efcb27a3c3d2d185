"""What may not change between two starts, as a JSON file."""

import inspect
import json

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.files import read_json

FILE = "configuration.json"
# The call string of the task of a search that trains nothing.
NONE = "none"
# Of what is written now. Format 1 had dicts of a class's name and fields.
FORMAT = 2
PARTS = {
    "space": "spaces",
    "task": "tasks",
    "strategy": "strategies",
    "evaluator": "evaluators",
}


def read(path):
    """Returns the configuration in a file, a dict, in today's format.

    Raises:
        UsageError: If there is no such file, or it is broken.
    """
    record = read_json(path)
    if not isinstance(record, dict):
        raise UsageError(f"Expected the configuration of a run in {path}.")
    return {
        key: _call_of_format_1(PARTS[key], value)
        if key in PARTS and isinstance(value, dict)
        else value
        for key, value in record.items()
    }


def compare(path, configuration):
    """Raises `UsageError` unless a file has this configuration.

    Args:
        path: `pathlib.Path` of the file.
        configuration: JSON-able dict.
    """
    if not path.exists():
        raise UsageError(f"Expected {path} beside the journal. Received: none")
    old = read(path)
    new = json.loads(json.dumps(configuration))
    keys = sorted((old.keys() | new.keys()) - {"format"})
    changes = [
        change
        for key in keys
        for change in _differences(key, old.get(key), new.get(key))
    ]
    if changes:
        raise UsageError(
            f"Directory {path.parent} belongs to another configuration: "
            + "; ".join(changes)
        )


def _differences(key, old, new):
    """Yields what differs between two values, options of one part by name."""
    if old == new:
        return
    if key in PARTS and isinstance(old, str) and isinstance(new, str):
        (old_name, before), (new_name, now) = map(_parsed, (old, new))
        if old_name == new_name:
            # An option that an earlier version did not have is at its default.
            before = {**_defaults(PARTS[key], old_name), **before}
            for name in sorted(before.keys() | now.keys()):
                if before.get(name) != now.get(name):
                    yield (
                        f"{key}.{name} was {before.get(name)!r}, is now "
                        f"{now.get(name)!r}"
                    )
            return
    yield f"{key} was {old!r}, is now {new!r}"


def _parsed(call):
    try:
        return registry.parse_call(call)
    except UsageError:
        return call, {}


def _defaults(package, name):
    if name not in registry.names(package):
        return {}
    parameters = inspect.signature(registry.factory(package, name)).parameters
    return {
        parameter.name: parameter.default
        for parameter in parameters.values()
        if parameter.default is not parameter.empty
    }


def _call_of_format_1(package, record):
    """Returns the call string of a dict of a class's name and its fields."""
    name = record.get("name")
    if name == "NoTask":
        return NONE
    arguments = ", ".join(
        f"{key}={_literal(value)}"
        for key, value in record.items()
        if key != "name"
    )
    name = registry.name_of_class(package, name) or name
    return registry.upgraded(package, f"{name}({arguments})")


def _literal(value):
    if isinstance(value, list):
        items = ", ".join(map(_literal, value))
        return f"({items},)" if len(value) == 1 else f"({items})"
    return repr(value)
