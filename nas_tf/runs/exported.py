"""The folder of an exported model: where it is, and its Keras model."""

from nas_tf import reading
from nas_tf.errors import UsageError
from nas_tf.lazy_keras import import_keras
from nas_tf.machine import places
from nas_tf.runs import card_file

KERAS_FILE = "model.keras"
# Where the model is below a training or a run.
PLACES = (".", "model", "trained/model")


def find(text):
    """Returns the folder of an exported model, a `pathlib.Path`.

    Args:
        text: Path of the model's file, its folder, a training or a run.

    Raises:
        UsageError: If there is no model, or it is of an earlier version.
    """
    path = places.local(text)
    if path.name == KERAS_FILE:
        path = path.parent
    for place in PLACES:
        folder = path / place
        if (folder / KERAS_FILE).is_file():
            if "input" in card_file.read(folder / card_file.FILE):
                return folder
            raise UsageError(
                f"Expected a model that takes raw inputs. Received: {folder}, "
                f"of an earlier version; nas_tf train exports it anew"
            )
    raise UsageError(
        f"Expected a run that nas_tf train was called for, or the folder of an "
        f"exported model. Received: {text}"
    )


def load(folder, card):
    """Returns the Keras model of a folder.

    Args:
        folder: What `find` returned.
        card: Dict, the facts on its card.

    Raises:
        UsageError: If the model cannot be opened, or only by modules of others.
    """
    foreign = [name for name in card.get("imports", ()) if name != "nas_tf"]
    # The card may not say what the file names.
    foreign = foreign or _foreign_in(folder / KERAS_FILE)
    if foreign:
        # What a card names is not imported: it may be anybody's.
        raise UsageError(
            f"Expected a model of Keras's and nas_tf's own layers. Received: "
            f"{folder}, which needs `import {foreign[0]}`; its predict.py does "
            f"that"
        )
    keras = import_keras()
    try:
        return keras.models.load_model(folder / KERAS_FILE)
    # Keras raises nearly any kind of error for a broken file.
    except Exception as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise UsageError(
            f"Expected a model that Keras opens. Received: "
            f"{folder / KERAS_FILE} ({reason})"
        ) from error


def _foreign_in(path):
    """Returns the packages of classes that this process has not registered."""
    try:
        foreign = [c for c in _classes_of(path) if _package(c) != "nas_tf"]
    except UsageError as error:
        raise UsageError(
            f"Expected a model that Keras opens. Received: {path} ({error})"
        ) from None
    if not foreign:
        return []
    registered = import_keras().saving.get_registered_object
    return [
        _package(config)
        for config in foreign
        # Keras looks for functions by another name than the registered one.
        if config["class_name"] == "function"
        or not registered(str(config.get("registered_name")))
    ]


def modules_of(path):
    """Returns the packages, apart from Keras, whose classes a model has.

    Args:
        path: `pathlib.Path` of a `.keras` file.

    Returns:
        Tuple of names, sorted; () if Keras alone is enough.

    Raises:
        UsageError: If it is no such file.
    """
    return tuple(sorted(set(map(_package, _classes_of(path)))))


def _classes_of(path):
    data = reading.member(path, "config.json")
    config = reading.parsed(data or b"", f"config.json of {path}")
    return list(_classes(config))


def _classes(config):
    if isinstance(config, dict):
        named = "class_name" in config and isinstance(config.get("module"), str)
        if named and _package(config) not in ("keras", "builtins"):
            yield config
        config = list(config.values())
    if isinstance(config, list):
        for value in config:
            yield from _classes(value)


def _package(config):
    return config["module"].split(".")[0]
