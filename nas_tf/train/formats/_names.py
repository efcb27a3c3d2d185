"""Formats by their names."""

import importlib
import importlib.util
import pkgutil

from nas_tf.errors import UsageError
from nas_tf.registry import unknown


def names():
    """Returns the names of all formats, sorted."""
    package = importlib.import_module("nas_tf.train.formats")
    found = (module.name for module in pkgutil.iter_modules(package.__path__))
    return sorted(name for name in found if not name.startswith("_"))


def load(name):
    """Returns the module of a format.

    Args:
        name: One of `names`.
    """
    return importlib.import_module(f"nas_tf.train.formats.{name}")


def check(chosen, task):
    """Raises `UsageError` if a model of a task cannot be written like that.

    Args:
        chosen: Sequence of names of formats.
        task: `Task`.

    Raises:
        UsageError: If a name is unknown, a library is not installed, or there
            is no such file for models of the task or of this backend.
    """
    for name in chosen:
        if name not in names():
            raise UsageError(unknown("format of --export", name, names()))
    if not chosen:
        return
    _check_backend(chosen)
    if task.kind == "translation":
        raise UsageError(
            f"Expected a task whose models are one function, for "
            f"--export={chosen[0]}. Received: a translator, which searches for "
            f"its output step by step"
        )
    is_text = task.kind == "language_model"
    if not is_text:
        _check_numbers(chosen, task)
    for name in chosen:
        module = load(name)
        if is_text and not module.TEXT:
            raise UsageError(
                f"Expected a task whose examples have one size, for "
                f"--export={name}. Received: texts of any length, for which "
                f"there is {_for_text()}"
            )
        missing = [
            library
            for library in module.LIBRARIES
            if importlib.util.find_spec(library) is None
        ]
        if missing:
            raise UsageError(
                f"Expected {' and '.join(missing)} for --export={name}, "
                f"as by: {module.INSTALLED_BY}. Received: not installed"
            )


def _check_backend(chosen):
    from nas_tf.lazy_keras import import_keras

    backend = import_keras().backend.backend()
    if backend != "tensorflow":
        raise UsageError(
            f"Expected KERAS_BACKEND=tensorflow for --export={chosen[0]}. "
            f"Received: {backend}. The same command on TensorFlow adds it to "
            f"a finished training"
        )


def _check_numbers(chosen, task):
    preparation = task.preprocessing()
    if preparation is None:
        return
    strings = [tensor.name for tensor in preparation.inputs if _is_text(tensor)]
    if strings:
        raise UsageError(
            f"Expected inputs that are numbers, for --export={chosen[0]}. "
            f"Received: strings in {', '.join(strings)}. model.keras and "
            f"saved_model take them"
        )


def _is_text(tensor):
    return tensor.dtype == "string"


def _for_text():
    found = [name for name in names() if load(name).TEXT]
    return " and ".join(f"--export={name}" for name in found)


def files(chosen):
    """Returns a dict from the name of a file to the module of its format."""
    modules = [load(name) for name in chosen]
    return {module.FILE: module for module in modules}


def in_folder(folder):
    """Returns the names of the formats whose files are in a folder.

    Args:
        folder: `pathlib.Path` of an exported directory, which need not exist.
    """
    return [name for name in names() if (folder / load(name).FILE).exists()]


def wanted(also, folder):
    """Returns the names of formats to write, those of the last export too.

    Args:
        also: Sequence of names of formats.
        folder: `pathlib.Path` of the exported directory.
    """
    return tuple(dict.fromkeys([*also, *in_folder(folder)]))


def write(chosen, model, task, folder):
    """Writes a model in some formats.

    Args:
        chosen: Names of formats, for which `check` raises no error.
        model: What `nas_tf.train.raw_model.raw_model` returned.
        task: Its `Task`.
        folder: `pathlib.Path` of the directory.

    Raises:
        UsageError: If the model has an operation that a format lacks.
    """
    for name, module in files(chosen).items():
        module.write(model, task, folder / name)
