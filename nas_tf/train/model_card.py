"""A model's card: its architecture, its training and its scores."""

import datetime
import importlib
import platform

import nas_tf
from nas_tf import registry
from nas_tf.files import write_json
from nas_tf.lazy_keras import import_keras
from nas_tf.runs import card_file
from nas_tf.train import formats
from nas_tf.train import usage

MARKDOWN = "model_card.md"


def make(candidate, space, task, cost, trained, seed, devices):
    """Returns the facts of a trained model, a JSON-able dict.

    Args:
        candidate: `Candidate`.
        space: `SearchSpace` that built it, with its options applied.
        task: `Task` it was trained on, with its options applied.
        cost: Its `Cost`.
        trained: `Trained`.
        seed: Seed of the command.
        devices: How many devices it was trained on.
    """
    return {
        "architecture": candidate.describe(),
        "description": space.describe(candidate.spec),
        "parameters": cost.params,
        "multiply_adds": cost.multiply_adds,
        "measure": task.measure,
        "valid": trained.scores["valid"],
        "test": trained.scores["test"],
        "examples": {
            split: task.num_examples(split) for split in ("valid", "test")
        },
        "epochs": len(trained.history["loss"]),
        "best_epoch": trained.best_epoch,
        "seed": seed,
        "training_seconds": round(trained.seconds, 1),
        "devices": devices,
        "task": registry.call_string(task),
        "space": registry.call_string(space),
        "date": datetime.date.today().isoformat(),
        "versions": _versions(),
    }


def of_members(cards):
    """Returns what the card of an ensemble says of its members.

    Args:
        cards: Sequence of what `make` returned for each member.
    """
    names = (
        *("architecture", "description", "parameters"),
        *("valid", "test", "best_epoch"),
    )
    return [{name: card[name] for name in names} for card in cards]


def write(folder, card, reloaded):
    """Writes a card as `model_card.json` and as `model_card.md`.

    Args:
        folder: `pathlib.Path` of the model's directory.
        card: What `make` returned, with `usage.facts`.
        reloaded: What `reloading.scores` returned of the test examples.
    """
    card = {**card, "reloaded": list(reloaded)}
    write_json(folder / card_file.FILE, card)
    text = "\n".join(_lines(card, reloaded)) + "\n"
    (folder / MARKDOWN).write_text(text, encoding="utf-8")


def _lines(card, reloaded):
    measure = card["measure"]
    name = measure.replace("_", " ")
    adds = card["multiply_adds"]
    first = usage.first_line(card)
    if first:
        yield first
        yield ""
    yield f"# {card['architecture']}"
    yield ""
    yield f"![The architecture](architecture.png)\n\n{card['description']}"
    yield ""
    yield "| | |"
    yield "| --- | --- |"
    yield f"| test {name} | {card['test'][measure]:.6g} |"
    yield f"| validation {name} | {card['valid'][measure]:.6g} |"
    for title, score in card.get("further", {}).items():
        yield (
            f"| test {title} | {score['value']:.2f} "
            f"(`{score['signature'].replace('|', chr(92) + '|')}`) |"
        )
    yield f"| trainable parameters | {card['parameters']:,} |"
    if adds is not None:
        yield f"| multiply-adds for one example | {adds:,} |"
    weights = "each member has the weights of its best on validation"
    if card["best_epoch"] is not None:
        weights = (
            f"the weights are those of epoch {card['best_epoch'] + 1}, the "
            f"best on validation"
        )
    yield f"| epochs | {card['epochs']}; {weights} |"
    yield f"| training time | {card['training_seconds']:,.0f} s |"
    yield f"| devices | {card['devices']} |"
    yield f"| seed | {card['seed']} |"
    yield f"| date | {card['date']} |"
    for part in ("task", "space"):
        yield f"| {part} | `{card[part]}` |"
    for library, version in card["versions"].items():
        yield f"| {library} | {version} |"
    yield ""
    yield from _members(card)
    yield from usage.lines(card)
    if reloaded:
        same = "measured the same score"
        if None in reloaded.values():
            same = "received the same outputs"
        yield ""
        yield (
            f"A separate process loaded {' and '.join(reloaded)} and {same} on "
            f"the raw test examples."
        )
    if card.get("formats"):
        yield ""
        yield from formats.lines(card["formats"], measure)


def _members(card):
    """Yields a table of the members of an ensemble."""
    if not card.get("members"):
        return
    measure = card["measure"]
    name = measure.replace("_", " ")
    yield "## Members"
    yield ""
    yield f"| member | validation {name} | test {name} | parameters |"
    yield "| --- | --- | --- | --- |"
    for member in card["members"]:
        valid, test = member["valid"][measure], member["test"][measure]
        yield (
            f"| {member['architecture']} | {valid:.6g} | {test:.6g} | "
            f"{member['parameters']:,} |"
        )
    yield ""


def _versions():
    keras = import_keras()
    backend = keras.backend.backend()
    return {
        "nas_tf": nas_tf.__version__,
        "Keras": keras.__version__,
        backend: importlib.import_module(backend).__version__,
        "Python": platform.python_version(),
    }
