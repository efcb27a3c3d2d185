"""Reads the directory of a training, as far as it can be read."""

import dataclasses

from nas_tf import checks
from nas_tf.errors import UsageError
from nas_tf.files import read_json
from nas_tf.report import measure
from nas_tf.report import parts
from nas_tf.report import specs
from nas_tf.runs import card_file
from nas_tf.runs import spec_file

# Within a run's directory.
FOLDER = "trained"
MODEL = "model"
SPEC = "spec.json"
HISTORIES = ("training/history.json", "history.json")


@dataclasses.dataclass(frozen=True)
class Trained:
    """A full training.

    Attributes:
        card: Dict of facts about the exported model; empty if not exported.
        history: Dict of lists with a number or None for each epoch; may be
            empty.
        spec: The architecture, or None if it is of a foreign class.
        task: `Task` that it was trained on, or None if that is foreign.
    """

    card: dict
    history: dict
    spec: object = None
    task: object = None

    @property
    def measure_name(self):
        """Name of the measure on the card, or ""."""
        return str(self.card.get("measure", getattr(self.task, "measure", "")))

    def value(self, split):
        """Returns the score on "valid" or "test", or None."""
        name = self.measure_name
        scores = self.card.get(split)
        value = scores.get(name) if isinstance(scores, dict) else None
        if value is None:
            value = self.card.get(f"{split}_{name}")
        return value if checks.is_finite(value) else None

    def score(self, split):
        """Returns the score on "valid" or "test" as text, or "" for none."""
        value = self.value(split)
        return "" if value is None else self.show(value)

    def show(self, value):
        """Returns a value of the measure as text."""
        return f"{value:.4g}" if self.task is None else self.task.show(value)

    @property
    def is_share(self):
        """Whether scores are shares, in [0, 1] and shown in percent."""
        return self.show(0.5).endswith("%")

    def interval(self, split):
        """Returns the 95 % interval of a score as text, "" if not known."""
        value, counts = self.value(split), self.card.get("examples")
        count = counts.get(split) if isinstance(counts, dict) else None
        if value is None or not (self.is_share and checks.is_whole(count)):
            return ""
        return measure.interval(value, count, self.show)


def read(folder, task=None):
    """Returns the `Trained` in the directory of a training, or None.

    Files that are missing or broken are ignored.

    Args:
        folder: `pathlib.Path` of the directory.
        task: `Task` that formats scores if the card's task cannot be made, or
            None.
    """
    card = _read(card_file.read, folder / MODEL / card_file.FILE) or {}
    history = {}
    for name in HISTORIES:
        history = history or _series(_read(read_json, folder / name))
    if not (card or history):
        return None
    _, record = _read(spec_file.read, folder / MODEL / SPEC) or (None, None)
    own_task = parts.make("tasks", card.get("task", ""))
    return Trained(card, history, specs.read(record), own_task or task)


def _read(function, path):
    try:
        return function(path)
    except UsageError:
        return None


def _series(record):
    """Returns the entries that are lists of numbers or None."""
    if not isinstance(record, dict):
        return {}
    return {
        name: values
        for name, values in record.items()
        if isinstance(values, list)
        and values
        and all(v is None or checks.is_finite(v) for v in values)
    }
