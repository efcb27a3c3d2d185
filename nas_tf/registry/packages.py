"""The packages of parts, and the names of the parts in them."""

import pathlib
import re

_MAKE = re.compile(r"^(def make\(|make = )", re.MULTILINE)

# From a package to the name of its parts in messages.
PACKAGES = {
    "spaces": "search space",
    "strategies": "strategy",
    "tasks": "task",
    "evaluators": "evaluator",
    "executors": "executor",
    "skeletons": "skeleton",
    "observers": "observer",
    "pruning": "pruning rule",
}

# What a part of each package derives from. They are above this module.
BASES = {
    "spaces": "nas_tf.spaces.base.SearchSpace",
    "strategies": "nas_tf.strategies.base.Strategy",
    "tasks": "nas_tf.tasks.base.Task",
    "evaluators": "nas_tf.evaluators.base.Evaluator",
    "executors": "nas_tf.executors.base.Executor",
    "skeletons": "nas_tf.skeletons.base.Skeleton",
    "observers": "nas_tf.search.observer.Observer",
    "pruning": "nas_tf.pruning.base.PruningRule",
}


def names(package):
    """Returns the sorted names of the parts in `nas_tf/<package>`."""
    return sorted(
        path.stem
        for path in _folder(package).glob("*.py")
        if _MAKE.search(text_of(package, path.stem))
    )


def name_of_class(package, name):
    """Returns the name of the part whose `make` is a class.

    Args:
        package: One of `PACKAGES`.
        name: Name of the class.

    Returns:
        The part's name, or None if there is none.
    """
    line = re.compile(rf"^make = {re.escape(str(name))}$", re.MULTILINE)
    for part in names(package):
        if line.search(text_of(package, part)):
            return part
    return None


def text_of(package, name):
    """Returns the source of a module of this package, "" if there is none."""
    path = _folder(package) / f"{name}.py"
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _folder(package):
    return pathlib.Path(__file__).parent.parent / package
