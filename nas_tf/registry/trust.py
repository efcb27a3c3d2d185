"""Which modules of others may be imported: those that the user names.

Files may come from somebody else, so a name in a flagfile or a run directory
imports nothing but this package's own parts. A command tells this module what
stands on its command line; a program that calls this package is trusted.
"""

from __future__ import annotations

import re

from nas_tf.errors import UsageError

_NAME = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
# None trusts all names.
_trusted: frozenset[str] | None = None
_OWN = frozenset({"nas_tf"})
_packages: frozenset[str] = _OWN
# Modules of others that were asked for and allowed.
_used: set[str] = set()


def trust_only(calls: list[str], program: str = "") -> None:
    """Lets only modules be imported that call strings name.

    Args:
        calls: Call strings, which the user typed.
        program: Dotted name of the module that runs, whose package the user
            trusts as well, as its code runs already. Default: "", for none.
    """
    global _packages, _trusted
    _packages = _OWN | {program.partition(".")[0]}
    _trusted = frozenset(n for call in calls for n in _NAME.findall(call))


def trust_all() -> None:
    """Lets all modules be imported, as before `trust_only`."""
    global _trusted
    _trusted = None


def check(title: str, name: str) -> None:
    """Raises `UsageError` unless a module may be imported.

    Args:
        title: What it is for, such as "search space".
        name: Dotted name of the module.
    """
    package = name.partition(".")[0]
    if _trusted is None or name in _trusted or package in _packages:
        if package not in _packages:
            _used.add(name)
        return
    raise UsageError(
        f"Expected the {title} '{name}' on the command line too, or "
        f"--trust_run, since a file names it and its code would run. "
        f"Received: neither"
    )


def hint() -> str:
    """Returns what a command needs that takes from files what this one used.

    Returns:
        " --trust_run", or "" if all parts were this package's.
    """
    return " --trust_run" if _used else ""
