"""Parts that a page may make: those of this package and no others.

A page may be made on a machine that has only the run directory. Modules that
the directory names are therefore imported only if they belong to this package.
"""

from nas_tf import registry
from nas_tf.errors import UsageError


def name_of(call):
    """Returns the name in a call string, which may be any text."""
    return str(call).partition("(")[0]


def is_own(package, call):
    """Returns whether a part and all parts within it are of this package.

    Args:
        package: One of `registry.PACKAGES`.
        call: Call string.

    Raises:
        UsageError: If it cannot be read.
    """
    if name_of(call) not in registry.names(package):
        return False
    _, arguments = registry.parse_call(call)
    inner = {title: name for name, title in registry.PACKAGES.items()}
    return all(
        is_own(inner[argument], value)
        for argument, value in arguments.items()
        if argument in inner
    )


def make(package, call):
    """Returns a part, or None if it is foreign or cannot be made here."""
    try:
        return registry.make(package, call) if is_own(package, call) else None
    except (UsageError, ImportError):
        return None
