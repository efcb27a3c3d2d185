"""The options of a part: meaning, default and range, from its source.

Nothing is imported. A default and a range are known where the source spells
them out with literals and constants.
"""

import ast
import dataclasses
import inspect

from nas_tf.errors import UsageError
from nas_tf.registry import ranges
from nas_tf.registry import sources
from nas_tf.registry.packages import PACKAGES
from nas_tf.registry.packages import names


@dataclasses.dataclass(frozen=True)
class Option:
    """One argument of a part.

    Attributes:
        name: Its name.
        default: Its default as Python text, or None if it has to be given.
        wanted: Which values are accepted, such as "a whole number from 1"; ""
            if that is not known.
        meaning: One line, "" without a description.
    """

    name: str
    default: str | None
    wanted: str
    meaning: str


@dataclasses.dataclass(frozen=True)
class Description:
    """A part for people.

    Attributes:
        title: The first line of its documentation.
        text: What its class or function says, without sections.
        options: Tuple of `Option`, in the order of the arguments.
    """

    title: str
    text: str
    options: tuple


def title(package, name):
    """Returns the first line of a part's documentation, "" if there is none."""
    return _title(*_made(package, name)[:2])


def describe(package, name):
    """Returns the `Description` of a part.

    Args:
        package: One of `PACKAGES`.
        name: Name of a part, or the dotted name of a module.

    Raises:
        UsageError: If there is none.
    """
    module, node, owner = _made(package, name)
    if isinstance(node, ast.ClassDef):
        chain = owner.classes(node)[::-1]
    else:
        chain = [(owner, node)]
    texts = [
        sources.paragraphs(inspect.cleandoc(ast.get_docstring(n) or ""))
        for _, n in chain
    ]
    meanings = {k: v for _, described in texts for k, v in described.items()}
    wanted = {}
    for where, n in chain:
        wanted.update(ranges.of(where, n))
    options = tuple(
        Option(
            name,
            None if default is None else _shown(where, default),
            wanted.get(name) or ranges.of_annotation(annotation),
            meanings.get(name, ""),
        )
        for where, name, annotation, default in _arguments(chain)
    )
    return Description(_title(module, node), texts[-1][0], options)


def _made(package, name):
    """Returns a part's module, its class or function, and where that is."""
    own = name in names(package)
    module = sources.find(f"nas_tf.{package}.{name}" if own else name)
    if module is not None:
        owner, node = module.find(ast.Name("make"))
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            return module, node, owner
    from nas_tf.registry.parts import unknown

    raise UsageError(unknown(PACKAGES[package], name, names(package)))


def _title(module, node):
    text = ast.get_docstring(module.tree) or ast.get_docstring(node) or ""
    return text.strip().partition("\n")[0]


def _arguments(chain):
    """Returns tuples of module, name, annotation and default."""
    for where, node in reversed(chain):
        function = _init(node)
        if function is not None:
            return list(_parameters(where, function))
    fields = {}
    for where, node in chain:
        for line in node.body if _is_dataclass(node) else ():
            if isinstance(line, ast.AnnAssign) and _is_field(line):
                found = (where, line.target.id, line.annotation, _value(line))
                fields[line.target.id] = (_is_last(line), found)
    return [found for _, found in sorted(fields.values(), key=lambda f: f[0])]


def _init(node):
    if isinstance(node, ast.FunctionDef):
        return node
    for line in node.body:
        if isinstance(line, ast.FunctionDef) and line.name == "__init__":
            return line
    return None


def _parameters(where, function):
    arguments = function.args
    given = [*arguments.posonlyargs, *arguments.args]
    missing = [None] * (len(given) - len(arguments.defaults))
    pairs = [*zip(given, missing + arguments.defaults)]
    pairs += zip(arguments.kwonlyargs, arguments.kw_defaults)
    for argument, default in pairs:
        if argument.arg != "self":
            yield where, argument.arg, argument.annotation, default


def _is_dataclass(node):
    return any("dataclass" in ast.unparse(d) for d in node.decorator_list)


def _is_field(line):
    return "ClassVar" not in ast.unparse(line.annotation) and _keyword(
        line, "init"
    ) not in ("False",)


def _is_last(line):
    """Returns whether a field comes after those that are not kw_only."""
    return _keyword(line, "kw_only") == "True"


def _value(line):
    if not _is_field_call(line.value):
        return line.value
    for keyword in line.value.keywords:
        if keyword.arg == "default":
            return keyword.value
    return None


def _keyword(line, name):
    if _is_field_call(line.value):
        for keyword in line.value.keywords:
            if keyword.arg == name:
                return ast.unparse(keyword.value)
    return None


def _is_field_call(node):
    return isinstance(node, ast.Call) and ast.unparse(node.func) in (
        "dataclasses.field",
        "field",
    )


def _shown(where, node):
    try:
        return repr(where.literal(node))
    except ValueError:
        return ast.unparse(node)
