"""What may not change between two starts of a run, as a JSON file.

    {"format": 2, "space": "conv(num_layers=4, ...)", "task": "digits(...)",
     "strategy": ..., "evaluator": ..., "seed": 0, ...,
     "measure": "accuracy", "reward_formula": "accuracy cubed", "examples": 300,
     "data": {"classes": [...], "fingerprint": ...}, "decisions": [...]}

Parts are call strings in which every option is spelled out, apart from those
that say where something lies. The measure, the formula of the reward, the
number of validation examples (null without a task) and the decisions follow
from the parts. They are there for readers that cannot make the parts. "data"
is what identifies the data, see `nas_tf.runs.data_identity`.
"""

import inspect
import json

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.files import plain
from nas_tf.files import read_json
from nas_tf.machine import places
from nas_tf.reading import shown
from nas_tf.runs import data_identity
from nas_tf.runs import format_1
from nas_tf.runs import schema

FILE = "configuration.json"
# The call string of the task of a search that trains nothing.
NONE = format_1.NONE
FORMAT = 2
PARTS = {
    "space": "spaces",
    "task": "tasks",
    "strategy": "strategies",
    "evaluator": "evaluators",
}
# Options of parts that are call strings themselves.
_CALLS = {**PARTS, "skeleton": "skeletons", "pruning": "pruning"}
# Where the known architectures of a search come from; what they are, is
# compared.
SOURCES = "start_from_sources"
# Apart from the sources, they follow from the parts.
NOT_COMPARED = {
    "format",
    "measure",
    "reward_formula",
    "examples",
    "decisions",
    data_identity.KEY,  # Compared in words of its own.
    SOURCES,
}
# Options of a task that a full training sets itself.
EPOCHS = ("epochs", "reward_epochs")

# What strategies did before they had these options.
_BEFORE_MOVES = {"moves": 0.0, "distinct": False, "evidence": 0.0}
_FORMERLY = {"reinforce": _BEFORE_MOVES, "ppo": _BEFORE_MOVES}


def read(path):
    """Returns the configuration in a file, a dict, in today's format.

    Args:
        path: `pathlib.Path` of the file, in this or an earlier format.

    Raises:
        UsageError: If there is no such file, or it is broken.
    """
    record = read_json(path, "the configuration of a run")
    try:
        schema.configuration(record)
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from None
    record = {
        key: format_1.call_of(PARTS[key], value)
        if key in PARTS and isinstance(value, dict)
        else value
        for key, value in record.items()
    }
    if isinstance(record.get("strategy"), str):
        record["strategy"] = _with_former(record["strategy"])
    return record


def strategy_of_then(run_dir, call):
    """Returns a strategy's call string as a run of an earlier version means it.

    What the call leaves out is what it was when the run began, so that the
    run's own flags resume it.

    Args:
        run_dir: Directory of the run, or None.
        call: Call string.
    """
    path = None if run_dir is None else places.local(run_dir) / FILE
    if path is None or not path.is_file():
        return call
    then = read(path).get("strategy")
    if not isinstance(then, str):
        return call
    (name, before), (asked, now) = _parsed(then), _parsed(call)
    former = {
        option: value
        for option, value in _FORMERLY.get(name, {}).items()
        if before.get(option) == value and option not in now
    }
    if name != asked or not former:
        return call
    return registry.render(name, {**now, **former})


def _with_former(call):
    """Returns a run's call string with the options that it did not have yet."""
    name, arguments = _parsed(call)
    former = {**_FORMERLY.get(name, {}), **arguments}
    # Evidence weighs moves alone, so that without moves any is as good.
    if "evidence" not in arguments and not former.get("moves"):
        former.pop("evidence", None)
    if former.keys() == arguments.keys():
        return call
    return registry.render(name, former)


def compare(path, configuration):
    """Raises `UsageError` unless a file has this configuration.

    An option that was added after the file was written has to be at its
    default.

    Args:
        path: `pathlib.Path` of the file.
        configuration: JSON-able dict.
    """
    if not path.exists():
        raise UsageError(f"Expected {path} beside the journal. Received: none")
    old = read(path)
    new = json.loads(json.dumps(configuration, default=plain))
    changes = [
        change
        for key in sorted((old.keys() | new.keys()) - NOT_COMPARED)
        for change in _differences(key, old.get(key), new.get(key))
    ]
    changes += data_identity.changes(
        old.get(data_identity.KEY), new.get(data_identity.KEY)
    )
    if changes:
        raise UsageError(
            f"Directory {path.parent} belongs to another configuration: "
            + "; ".join(changes)
        )


def same_task(trained, searched):
    """Returns whether two configurations have one task, on the same data.

    The number of epochs is not compared, nor is data that one of them does not
    identify.

    Args:
        trained: Dict with a "task", as `read` returns one.
        searched: The same.
    """
    tasks = (_without_epochs(r.get("task")) for r in (trained, searched))
    changes = [
        *_differences("task", *tasks),
        *data_identity.changes(
            trained.get(data_identity.KEY), searched.get(data_identity.KEY)
        ),
    ]
    return not changes


def _without_epochs(call):
    if not isinstance(call, str):
        return call
    name, arguments = _parsed(call)
    kept = {k: v for k, v in arguments.items() if k not in EPOCHS}
    return registry.render(name, kept)


def _differences(place, old, new):
    """Yields a text for each difference; options of a part are named."""
    if old == new:
        return
    key = place.rsplit(".", 1)[-1]
    if key in _CALLS and isinstance(old, str) and isinstance(new, str):
        package = _CALLS[key]
        (old, before), (new, now) = map(_parsed, (old, new))
        if _is_same_part(package, old, new):
            defaults = _defaults(package, new)
            before, now = {**defaults, **before}, {**defaults, **now}
            for name in sorted(before.keys() | now.keys()):
                yield from _differences(
                    f"{place}.{name}", before.get(name), now.get(name)
                )
            return
    if old != _as_far_as_known(old, new):
        yield f"{place} was {shown(old, 200)}, is now {shown(new, 200)}"


def _parsed(call):
    try:
        return registry.parse_call(call)
    except UsageError:
        return call, {}


def _is_same_part(package, old, new):
    """Returns whether two names stand for the same part.

    Format 1 has the name of a class in place of the dotted name of its module
    or class.
    """
    if old == new or new.endswith(f".{old}"):
        return True
    if old in registry.names(package):
        return False
    return getattr(_factory(package, new), "__name__", None) == old


def _defaults(package, name):
    factory = _factory(package, name)
    if factory is None:
        return {}
    return {
        parameter.name: parameter.default
        for parameter in inspect.signature(factory).parameters.values()
        if parameter.default is not parameter.empty
        and parameter.name not in _locations(factory)
    }


def _locations(factory):
    fields = getattr(factory, "__dataclass_fields__", {})
    return {n for n, field in fields.items() if field.metadata.get("location")}


def _factory(package, name):
    try:
        return registry.factory(package, name)
    except (UsageError, KeyError):
        return None


def _as_far_as_known(old, new):
    """Returns `new` without keys of candidates that are not in `old`."""
    if isinstance(old, tuple) and isinstance(new, tuple):
        return (
            tuple(_as_far_as_known(*pair) for pair in zip(old, new))
            + (new[len(old) :])
        )
    if isinstance(old, dict) and isinstance(new, dict):
        return {key: value for key, value in new.items() if key in old}
    return new
