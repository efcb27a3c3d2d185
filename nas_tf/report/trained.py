"""What `nas_tf.train` left of the winner in the run's directory."""

import dataclasses
import json
import numbers

FOLDER = "trained"
HISTORIES = ("training/history.json", "history.json")
CARD = "model/model_card.json"


@dataclasses.dataclass(frozen=True)
class Trained:
    """A full training.

    Attributes:
        card: Dict of facts about the exported model; empty if there is none.
        history: Dict of lists of a number or None an epoch, maybe empty.
    """

    card: dict
    history: dict


def read(run_dir):
    """Returns the `Trained` of a run directory, or None.

    What is missing or cannot be read is left out: the page is about the
    search.
    """
    folder = run_dir / FOLDER
    card = _read_json(folder / CARD)
    for name in HISTORIES:
        history = _series(_read_json(folder / name))
        if history:
            break
    return Trained(card, history) if card or history else None


def _read_json(path):
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _series(record):
    """Returns the entries that are lists of numbers or None."""
    return {
        name: values
        for name, values in record.items()
        if isinstance(values, list)
        and values
        and all(v is None or _is_number(v) for v in values)
    }


def _is_number(value):
    return isinstance(value, numbers.Real) and not isinstance(value, bool)
