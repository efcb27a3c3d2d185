"""Call strings, such as "conv(num_layers=15)": a name and Python literals."""

import ast
import dataclasses
import inspect
import re
import sys

from nas_tf.checks import plain
from nas_tf.errors import UsageError
from nas_tf.registry.packages import PACKAGES

# Characters of a call string. Those of the largest architectures have some
# thousand.
LONGEST = 100_000
# What `ast` raises for text that is not Python, or too complex.
_NOT_READ = (ValueError, TypeError, SyntaxError, MemoryError, RecursionError)


def parse_call(text):
    """Returns the name and the arguments of a call string.

    Args:
        text: "name" or "name(key=literal, ...)". The name may contain dots.

    Returns:
        A pair `(name, arguments)` of a string and a dict.

    Raises:
        UsageError: If `text` is anything else.
    """
    if len(text) > LONGEST:
        raise UsageError(
            f"Expected a call string of at most {LONGEST:,} characters. "
            f"Received: {len(text):,}"
        )
    try:
        node = ast.parse(text.strip(), mode="eval").body
    except _NOT_READ:
        raise UsageError(_not_a_call(text)) from None
    keywords = []
    if isinstance(node, ast.Call):
        if node.args:
            raise UsageError(
                f"Expected arguments by name, as in name(key=value). "
                f"Received: {text}"
            )
        node, keywords = node.func, node.keywords
    name = ast.unparse(node)
    if not all(part.isidentifier() for part in name.split(".")):
        raise UsageError(_not_a_call(text))
    arguments = {}
    for keyword in keywords:
        if keyword.arg is None:
            raise UsageError(_not_a_call(text))
        if keyword.arg in arguments:
            raise UsageError(
                f"Expected argument '{keyword.arg}' once. Received: {text}"
            )
        try:
            value = ast.literal_eval(keyword.value)
        except _NOT_READ:
            raise UsageError(
                f"Expected a literal (a number, string, tuple, True, ...) for "
                f"argument '{keyword.arg}'. Received: {text}"
            ) from None
        # Parts are hashable, lists are not.
        is_list = isinstance(value, list)
        arguments[keyword.arg] = tuple(value) if is_list else value
    return name, arguments


def render(name, arguments):
    """Returns the call string of a name and a dict of arguments."""
    return f"{name}({render_arguments(arguments)})" if arguments else name


def call_string(part):
    """Returns the call string of a part, with all its options.

    `make` of the call string gives an equal part. Fields marked by `location`
    are left out, because they say where files are.

    Args:
        part: Instance of a dataclass. Its name in the call string is that of
            its module. If the module has no `make` for it, the name is that of
            module and class, which `make` does not accept.
    """
    arguments = ", ".join(
        f"{field.name}={_literal(getattr(part, field.name))}"
        for field in dataclasses.fields(part)
        if not field.metadata.get("location")
    )
    return f"{_name_of(part)}({arguments})" if arguments else _name_of(part)


def location():
    """Returns the metadata of a field that `call_string` leaves out."""
    return {"location": True}


def render_arguments(arguments):
    """Returns a dict of arguments as they are written in a call."""
    return ", ".join(f"{name}={value!r}" for name, value in arguments.items())


def _name_of(part):
    cls = type(part)
    make = getattr(sys.modules.get(cls.__module__), "make", None)
    if make is None or (inspect.isclass(make) and make is not cls):
        return f"{cls.__module__}.{cls.__qualname__}"
    own = re.fullmatch(r"nas_tf\.(\w+)\.(\w+)", cls.__module__)
    if own and own[1] in PACKAGES:
        return own[2]
    return cls.__module__


def _literal(value):
    """Returns the value of an option as a Python literal.

    A spec becomes its JSON, and a part its call string.
    """
    value = plain(value)
    if hasattr(value, "to_json"):
        return repr(value.to_json())
    if dataclasses.is_dataclass(value):
        return repr(call_string(value))
    if isinstance(value, (tuple, list)):
        items = ", ".join(map(_literal, value))
        return f"({items},)" if len(value) == 1 else f"({items})"
    return repr(value)


def _not_a_call(text):
    return (
        f"Expected a name, or a call with literal arguments such as "
        f"conv(num_layers=15). Received: {text}"
    )
