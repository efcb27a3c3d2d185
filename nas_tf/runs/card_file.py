"""The card of a trained model, `model_card.json`, of any version.

Its "task" and "space" are call strings. Earlier versions wrote dicts of a
class's name and its fields there.
"""

from nas_tf.errors import UsageError
from nas_tf.files import read_json
from nas_tf.runs import format_1

FILE = "model_card.json"
_PARTS = {"task": "tasks", "space": "spaces"}


def read(path):
    """Returns the facts on a card, a dict, in today's format.

    Args:
        path: `pathlib.Path` of the file.

    Raises:
        UsageError: If there is no such file, or it is no card.
    """
    card = read_json(path)
    if not isinstance(card, dict):
        raise UsageError(f"Expected the card of a model in {path}.")
    return {
        key: format_1.call_of(_PARTS[key], value)
        if key in _PARTS and isinstance(value, dict)
        else value
        for key, value in card.items()
    }
