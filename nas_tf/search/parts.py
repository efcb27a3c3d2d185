"""Parts of a search, given as objects or as call strings."""

from nas_tf import registry
from nas_tf.errors import UsageError

# What an object of each package has.
_HAS = {
    "spaces": "decisions",
    "tasks": "failure_reward",
    "strategies": "propose",
    "evaluators": "evaluate",
    "executors": "submit",
    "observers": "on_trial",
}


def made(package, part):
    """Returns a part, made if it is a call string.

    Raises:
        UsageError: If it is neither a part nor a call string.
    """
    if isinstance(part, str):
        return registry.make(package, part)
    title = registry.PACKAGES[package]
    if isinstance(part, type):
        raise UsageError(
            f"Expected {title} as an object or a call string. Received: the "
            f"class {part.__name__}; {part.__name__}(...) makes an object"
        )
    if not hasattr(part, _HAS[package]):
        raise UsageError(
            f"Expected {title} as an object or a call string. Received: "
            f"{type(part).__name__} {' '.join(repr(part).split()):.60}"
        )
    return part


def check_observers(observers):
    """Raises `UsageError` unless this is a sequence, of whatever."""
    if isinstance(observers, str) or not hasattr(observers, "__iter__"):
        raise UsageError(
            f"Expected `observers` to be a sequence. Received: "
            f"{observers!r:.60}"
        )
