"""The card of a trained model, `model_card.json`, of any version.

Its "task" and "space" are call strings. Earlier versions wrote dicts of a
class's name and its fields there.
"""

from nas_tf import checks
from nas_tf.errors import UsageError
from nas_tf.files import read_json
from nas_tf.runs import format_1
from nas_tf.runs import schema

FILE = "model_card.json"
# What a model reads.
INPUTS = ("pictures", "text", "arrays", "sentences")
_PARTS = {"task": "tasks", "space": "spaces"}


def read(path):
    """Returns the facts on a card, a dict, in today's format.

    Args:
        path: `pathlib.Path` of the file.

    Raises:
        UsageError: If there is no such file, or it is no card.
    """
    card = read_json(path, "the card of a model")
    try:
        _check(card)
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from None
    return {
        key: format_1.call_of(_PARTS[key], value)
        if key in _PARTS and isinstance(value, dict)
        else value
        for key, value in card.items()
    }


def _check(card):
    """Raises `UsageError` for the first field of a card that is not one."""
    schema.is_object(card, "the card of a model")
    for name in _PARTS:
        good = isinstance(card.get(name), (str, dict, type(None)))
        if isinstance(card.get(name), dict):
            good = isinstance(card[name].get("name"), str)
        checks.check({name: card.get(name)}, name, good, "a call string")
    checks.one_of(
        {"background": "white", **card}, "background", ("white", "black")
    )
    # The first cards do not say what a model reads.
    checks.one_of({"input": INPUTS[0], **card}, "input", INPUTS)
    for name in ("imports", "class_names"):
        names = card.get(name, [])
        good = isinstance(names, list) and all(
            isinstance(each, str) for each in names
        )
        checks.check({name: names}, name, good, "a list of strings")
