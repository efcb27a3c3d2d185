"""Parts by name: `make("spaces", "conv(num_layers=15)")`.

A part is a module with a `make`, which is a function or a class. The name is
that of a module of `nas_tf.<package>` or of any module that Python can import.
So a new part is a new file. Arguments are Python literals, which are parsed and
never evaluated.
"""

import ast
import dataclasses
import difflib
import importlib
import inspect
import math
import pathlib
import re
import sys
import types
import typing

from nas_tf.errors import UsageError

_MAKE = re.compile(r"^(def make\(|make = )", re.MULTILINE)
_UPGRADED = re.compile(r"^def upgraded\(", re.MULTILINE)

# From a package to the name of its parts in messages.
PACKAGES = {
    "spaces": "search space",
    "strategies": "strategy",
    "tasks": "task",
    "evaluators": "evaluator",
    "executors": "executor",
    "skeletons": "skeleton",
}

# From an annotation to the words for it in messages.
_KINDS = {
    int: "a whole number",
    float: "a finite number",
    bool: "True or False",
    str: "a string",
    tuple: "a tuple such as (1, 2)",
    type(None): "None",
}

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


def names(package):
    """Returns the sorted names of the parts in `nas_tf/<package>`."""
    return sorted(
        path.stem
        for path in _folder(package).glob("*.py")
        if _MAKE.search(_text(path))
    )


def make(package, call):
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
    return call_with_literals(factory, title, arguments)


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
    path = _folder(package) / f"{name}.py"
    # Other modules are not imported, because some of them load Keras.
    if name not in names(package) or not _UPGRADED.search(_text(path)):
        return call
    arguments = _import(package, name).upgraded(arguments)
    return render(name, arguments)


def render(name, arguments):
    """Returns the call string of a name and a dict of arguments."""
    return f"{name}({_render(arguments)})" if arguments else name


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
        if line.search(_text(_folder(package) / f"{part}.py")):
            return part
    return None


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
    _check_arguments(*_asked(package, call))


def _asked(package, call):
    """Returns a part's `make`, its title in messages, and the arguments.

    Arguments of an earlier version are accepted where the part upgrades them.
    """
    name, arguments = parse_call(call)
    module = _import(package, name)
    if hasattr(module, "upgraded"):
        arguments = module.upgraded(arguments)
    return module.make, f"{PACKAGES[package]} '{name}'", arguments


def call_with_literals(factory, title, arguments):
    """Calls `factory`; wrong arguments raise an error of one line.

    Args:
        factory: Any callable.
        title: Name of the factory in messages, for instance "task 'digits'".
        arguments: Dict of the arguments that the user gave.

    Raises:
        UsageError: If an argument is unknown, missing or refused.
    """
    _check_arguments(factory, title, arguments)
    try:
        return factory(**arguments)
    except UsageError as error:
        raise UsageError(f"{title}: {error}") from None
    except (TypeError, ValueError) as error:
        if not arguments:
            raise
        first = str(error).splitlines()[0]
        raise UsageError(
            f"{title} does not accept {_render(arguments)}: {first}"
        ) from error


def _check_arguments(factory, title, arguments):
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
    if not all(kind in _KINDS for kind in kinds):
        return
    good = type(value) in kinds or (type(value) is int and float in kinds)
    if isinstance(value, float) and not math.isfinite(value):
        good = False
    if not good:
        wanted = " or ".join(_KINDS[kind] for kind in kinds)
        raise UsageError(
            f"{title}: Expected `{parameter.name}` to be {wanted}. "
            f"Received: {value!r}"
        )


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
    if hasattr(value, "to_json"):
        return repr(value.to_json())
    if dataclasses.is_dataclass(value):
        return repr(call_string(value))
    if isinstance(value, (tuple, list)):
        items = ", ".join(map(_literal, value))
        return f"({items},)" if len(value) == 1 else f"({items})"
    return repr(value)


def location():
    """Returns the metadata of a field that `call_string` leaves out."""
    return {"location": True}


def _folder(package):
    return pathlib.Path(__file__).parent / package


def _text(path):
    return path.read_text(encoding="utf-8")


def _import(package, name):
    title = PACKAGES[package]
    choices = names(package)
    own = name in choices
    module_name = f"nas_tf.{package}.{name}" if own else name
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        # An import that fails inside the module is not the user's mistake.
        if not f"{module_name}.".startswith(f"{error.name}."):
            raise
        module = None
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


def unknown(title, name, choices):
    """Returns a message with all known names and the one closest to `name`."""
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
