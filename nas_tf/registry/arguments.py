"""Calls with a user's arguments, whose mistakes are errors of one line."""

import inspect
import math
import types
import typing

from nas_tf.errors import UsageError
from nas_tf.registry.calls import render_arguments

# From an annotation to the words for it in messages.
KINDS = {
    int: "a whole number",
    float: "a finite number",
    bool: "True or False",
    str: "a string",
    tuple: "a tuple such as (1, 2)",
    type(None): "None",
}


def call_with_literals(factory, title, arguments):
    """Calls `factory`; wrong arguments raise an error of one line.

    Args:
        factory: Any callable.
        title: Name of the factory in messages, for instance "task 'digits'".
        arguments: Dict of the arguments that the user gave.

    Raises:
        UsageError: If an argument is unknown, missing or refused.
    """
    check_arguments(factory, title, arguments)
    try:
        return factory(**arguments)
    except UsageError as error:
        raise UsageError(f"{title}: {error}") from None
    except (TypeError, ValueError) as error:
        if not arguments:
            raise
        first = str(error).splitlines()[0]
        raise UsageError(
            f"{title} does not accept {render_arguments(arguments)}: {first}"
        ) from error


def check_arguments(factory, title, arguments):
    """Raises `UsageError` for unknown, missing or wrong arguments.

    Args:
        factory: Any callable.
        title: Name of the factory in messages.
        arguments: Dict of the arguments that the user gave.
    """
    parameters = inspect.signature(factory).parameters
    for name in arguments:
        if name not in parameters:
            listed = ", ".join(parameters) or "none"
            raise UsageError(
                f"Unknown argument '{name}' for {title}. It takes: {listed}."
            )
    for name, parameter in parameters.items():
        if name in arguments:
            _check_kind(parameter, arguments[name], title)
        elif parameter.default is parameter.empty:
            raise UsageError(f"Missing argument '{name}' for {title}.")


def _check_kind(parameter, value, title):
    """Raises `UsageError` if a value does not match a parameter's annotation.

    The annotations int, float, bool, str and tuple and unions of them are
    checked. An integer also matches float. True and False match bool only.
    """
    kinds = (parameter.annotation,)
    if typing.get_origin(kinds[0]) in (types.UnionType, typing.Union):
        kinds = typing.get_args(kinds[0])
    if not all(kind in KINDS for kind in kinds):
        return
    good = type(value) in kinds or (type(value) is int and float in kinds)
    if isinstance(value, float) and not math.isfinite(value):
        good = False
    if not good:
        wanted = " or ".join(KINDS[kind] for kind in kinds)
        raise UsageError(
            f"{title}: Expected `{parameter.name}` to be {wanted}. "
            f"Received: {value!r}"
        )
