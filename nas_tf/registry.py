"""Parts by name: `make("spaces", "conv(num_layers=15)")`.

A part is a module with a `make`, a function or a class. A plain name is a
module of `nas_tf.<package>`, so adding a part is adding a file; a dotted name
is any module that can be imported. Arguments are Python literals, read by
`ast` and never evaluated.
"""

import ast
import dataclasses
import difflib
import importlib
import inspect
import pathlib
import re

from nas_tf.errors import UsageError

_MAKE = re.compile(r"^(def make\(|make = )", re.MULTILINE)

# The package a flag's value is looked up in, and what one of its parts is
# called in a message.
PACKAGES = {
    "spaces": "search space",
    "strategies": "strategy",
    "tasks": "task",
    "evaluators": "evaluator",
    "executors": "executor",
}


def parse_call(text):
    """Returns the name and the arguments of a call string.

    Args:
        text: "name" or "name(key=literal, ...)"; the name may be dotted.

    Returns:
        A pair `(name, arguments)` of a string and a dict.

    Raises:
        UsageError: If `text` is anything else.
    """
    try:
        node = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError):
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
        try:
            value = ast.literal_eval(keyword.value)
        except (ValueError, TypeError, SyntaxError, MemoryError):
            raise UsageError(
                f"Expected a literal (a number, string, tuple, True, ...) for "
                f"argument '{keyword.arg}'. Received: {text}"
            ) from None
        # Parts are hashable, lists are not.
        is_list = isinstance(value, list)
        arguments[keyword.arg] = tuple(value) if is_list else value
    return name, arguments


def names(package):
    """Returns the sorted names of the parts in `nas_tf/<package>`."""
    folder = pathlib.Path(__file__).parent / package
    return sorted(
        path.stem
        for path in folder.glob("*.py")
        if _MAKE.search(path.read_text(encoding="utf-8"))
    )


def make(package, call, **context):
    """Makes the part a call string names.

    Args:
        package: One of `PACKAGES`.
        call: The call string, see `parse_call`.
        **context: Arguments the program gives to every part of the package,
            which a call string may not set.

    Returns:
        What the module's `make` returns.

    Raises:
        UsageError: For an unknown name or argument, or a value that `make`
            refuses.
    """
    name, arguments = parse_call(call)
    factory = _import(package, name).make
    return call_with_literals(
        factory, f"{PACKAGES[package]} '{name}'", arguments, context
    )


def call_with_literals(factory, title, arguments, context=None):
    """Calls `factory`, turning wrong arguments into one clear line.

    Args:
        factory: Any callable.
        title: What messages call it, for instance "task 'digits'".
        arguments: Dict from the user.
        context: Dict from the program.

    Raises:
        UsageError: If an argument is unknown, missing or refused.
    """
    context = context or {}
    parameters = inspect.signature(factory).parameters.values()
    allowed = [p.name for p in parameters if p.name not in context]
    for name in arguments:
        if name not in allowed:
            listed = ", ".join(allowed) or "none"
            raise UsageError(
                f"Unknown argument '{name}' for {title}. It takes: {listed}."
            )
    missing = [
        p.name
        for p in parameters
        if p.default is p.empty
        and p.name not in context
        and p.name not in arguments
    ]
    if missing:
        raise UsageError(f"Missing argument '{missing[0]}' for {title}.")
    try:
        return factory(**context, **arguments)
    except UsageError as error:
        raise UsageError(f"{title}: {error}") from None
    except (TypeError, ValueError) as error:
        if not arguments:
            raise
        first = str(error).splitlines()[0]
        raise UsageError(
            f"{title} does not accept {_render(arguments)}: {first}"
        ) from error


def configuration(part):
    """Returns what a part is, as a JSON-able dict, for comparing runs.

    Args:
        part: A dataclass instance made by a module's `make`. Fields marked
            `metadata={"location": True}` say where something lies, not what
            it is, and are left out.
    """
    record = {"name": type(part).__name__}
    for field in dataclasses.fields(part):
        if not field.metadata.get("location"):
            record[field.name] = _plain(getattr(part, field.name))
    return record


def location():
    """Returns metadata for a field `configuration` leaves out."""
    return {"location": True}


def _import(package, name):
    if "." in name:
        module_name = name
        choices = None
    else:
        module_name = f"nas_tf.{package}.{name}"
        choices = names(package)
        if name not in choices:
            raise UsageError(
                unknown(PACKAGES[package], name, choices)
                + " A dotted name is imported from anywhere."
            )
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if not module_name.startswith(error.name or "?"):
            raise
        raise UsageError(
            f"Cannot import {PACKAGES[package]} '{name}': no module "
            f"'{error.name}'."
        ) from None
    if not callable(getattr(module, "make", None)):
        raise UsageError(
            f"Expected a 'make' in module '{module_name}', named as "
            f"{PACKAGES[package]} '{name}'."
        )
    return module


def unknown(title, name, choices):
    """Returns a line that lists what there is, and the nearest name."""
    near = difflib.get_close_matches(name, choices, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    return f"Unknown {title} '{name}'.{hint} There is: {', '.join(choices)}."


def _not_a_call(text):
    return (
        f"Expected a name, or a call with literal arguments such as "
        f"conv(num_layers=15). Received: {text}"
    )


def _render(arguments):
    return ", ".join(f"{name}={value!r}" for name, value in arguments.items())


def _plain(value):
    if dataclasses.is_dataclass(value):
        return configuration(value)
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    return value
