"""Parts made from call strings."""

import difflib
import importlib
import re
import traceback
import typing

from nas_tf.errors import UsageError
from nas_tf.machine import halting
from nas_tf.machine import interrupts
from nas_tf.reading import shown
from nas_tf.registry import trust
from nas_tf.registry.arguments import call_with_literals
from nas_tf.registry.arguments import check_arguments
from nas_tf.registry.calls import parse_call
from nas_tf.registry.calls import render
from nas_tf.registry.packages import BASES
from nas_tf.registry.packages import PACKAGES
from nas_tf.registry.packages import names
from nas_tf.registry.packages import text_of

_UPGRADED = re.compile(r"^def upgraded\(", re.MULTILINE)


def make(package: str, call: str) -> typing.Any:
    """Makes the part of a call string.

    Args:
        package: One of `PACKAGES`.
        call: The call string, see `parse_call`.

    Returns:
        What the module's `make` returns.

    Raises:
        UsageError: For an unknown name or argument, or a value that `make`
            refuses.
    """
    factory, title, arguments = _asked(package, call)
    part = call_with_literals(factory, title, arguments)
    _check_base(package, type(part), title)
    return part


def check(package, call):
    """Checks a call string without making the part.

    It does not find values that only `make` refuses. It is for executors, whose
    `make` may start processes.

    Args:
        package: One of `PACKAGES`.
        call: The call string, see `parse_call`.

    Raises:
        UsageError: For an unknown name or argument, or a wrong kind of value.
    """
    check_arguments(*_asked(package, call))


def factory(package, name):
    """Returns the `make` of a part.

    Args:
        package: One of `PACKAGES`.
        name: Name of a part, or the dotted name of a module.

    Raises:
        UsageError: If there is none.
    """
    return _import(package, name).make


def upgraded(package, call):
    """Returns today's form of a call string of an earlier version.

    The module of a part whose options have changed has a function
    `upgraded(arguments)`, from a dict of earlier arguments to today's.

    Args:
        package: One of `PACKAGES`.
        call: The call string. It is returned unchanged if it cannot be parsed
            or does not name a part of this package.
    """
    try:
        name, arguments = parse_call(call)
    except UsageError:
        return call
    # Other modules are not imported, because some of them load Keras.
    if name not in names(package) or not _UPGRADED.search(
        text_of(package, name)
    ):
        return call
    arguments = _import(package, name).upgraded(arguments)
    return render(name, arguments)


def unknown(title, name, choices):
    """Returns a message with all known names and the one closest to `name`."""
    near = difflib.get_close_matches(name, choices, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    return f"Unknown {title} '{name}'.{hint} There is: {', '.join(choices)}."


def _asked(package, call):
    """Returns a part's `make`, its title in messages, and the arguments.

    Arguments of an earlier version are accepted where the part upgrades them.
    """
    name, arguments = parse_call(call)
    module = _import(package, name)
    if hasattr(module, "upgraded"):
        arguments = module.upgraded(arguments)
    return module.make, f"{PACKAGES[package]} '{name}'", arguments


def _check_base(package, cls, title):
    """Raises `UsageError` if a class derives from another package's base."""
    above = {f"{c.__module__}.{c.__qualname__}" for c in cls.__mro__}
    others = above.intersection(BASES.values())
    if others and BASES[package] not in others:
        raise UsageError(
            f"Expected {title} to derive from {BASES[package]}. Received: "
            f"{cls.__module__}.{cls.__qualname__}, which derives from "
            f"{min(others)}"
        )


def _import(package, name):
    title = PACKAGES[package]
    choices = names(package)
    own = name in choices
    module_name = f"nas_tf.{package}.{name}" if own else name
    if not own:
        trust.check(title, name)
    if own:
        return importlib.import_module(module_name)
    module = _import_of_others(title, name)
    if callable(getattr(module, "make", None)):
        return module
    if "." not in name:
        raise UsageError(unknown(title, name, choices))
    if module is None:
        raise UsageError(f"Cannot import {title} '{name}': no such module.")
    raise UsageError(
        f"Expected a 'make' in module '{module_name}', named as {title} "
        f"'{name}'."
    )


def _import_of_others(title, name):
    """Imports a module that is not this package's own, None if there is none.

    Raises:
        UsageError: If the import ends in any exception, also one that would
            end the program, but for Ctrl-C and other signals.
    """
    with interrupts.noticed() as came:
        try:
            return importlib.import_module(name)
        except UsageError:
            raise
        except BaseException as error:
            interrupt = isinstance(error, KeyboardInterrupt)
            if interrupt and (came() or halting.asked()):
                raise
            missing = isinstance(error, ModuleNotFoundError) and error.name
            if missing and f"{name}.".startswith(f"{missing}."):
                return None
            raise UsageError(
                f"Expected {title} '{name}' to be a module that can be "
                f"imported. Received: one that {_end_of_import(error)}"
            ) from error


def _end_of_import(error):
    """Returns in words how an import ended, and in which line."""
    if isinstance(error, SystemExit):
        words = f"ends the program with {shown(error.code)}"
    else:
        said = " ".join(str(error).split())
        words = f"raises {type(error).__name__}" + (said and f" ({said:.200})")
    frames = traceback.extract_tb(error.__traceback__)
    if isinstance(error, SyntaxError) or not frames:
        return words
    return f"{words} in line {frames[-1].lineno} of {frames[-1].filename}"
