"""Which values a part's checks accept, read from their source.

The words are those of the checks' own messages: each check is called with a
value that it refuses.
"""

import ast

from nas_tf import checks
from nas_tf.errors import UsageError
from nas_tf.registry.arguments import KINDS

_CHECKS = (
    "whole",
    "number",
    "boolean",
    "text",
    "one_of",
    "several_of",
    "several_whole",
)
_BY_NAME = {kind.__name__: words for kind, words in KINDS.items()}
# The example in the words of a message does not suit every tuple.
_BY_NAME |= {"tuple": "a tuple", "None": "None"}


def of(module, node):
    """Returns a dict from the names of options to the values they accept.

    Args:
        module: `sources.Module` of the class or function.
        node: Its syntax node.
    """
    found = {}
    for function in _functions(node):
        local = {
            target.id: line.value
            for line in ast.walk(function)
            if isinstance(line, ast.Assign)
            for target in line.targets
            if isinstance(target, ast.Name)
        }
        # A check inside a condition does not hold for all values.
        calls = (line.value for line in function.body if _is_call(line))
        for call in calls:
            found.update(_accepted(module, call, local, function))
    return found


def of_annotation(node):
    """Returns which values an annotation stands for, "" if not known."""
    if node is None:
        return ""
    kinds = [kind.strip() for kind in ast.unparse(node).split("|")]
    kinds.sort(key=lambda kind: kind != "None")
    known = [_BY_NAME.get(kind, "") for kind in kinds]
    return " or ".join(known) if all(known) else ""


def _is_call(line):
    return isinstance(line, ast.Expr) and isinstance(line.value, ast.Call)


def _functions(node):
    if isinstance(node, ast.FunctionDef):
        return [node]
    return [
        line
        for line in node.body
        if isinstance(line, ast.FunctionDef)
        and line.name in ("__init__", "__post_init__")
    ]


def _accepted(module, call, local, function):
    """Returns what one call of a check says about the options it names."""
    func = call.func
    if not (
        isinstance(func, ast.Attribute)
        and isinstance(func.value, ast.Name)
        and func.value.id == "checks"
    ):
        return {}
    if func.attr == "check" and len(call.args) == 4:
        wanted = _text(module, call.args[3], local, call.lineno, function)
        name = _literal(module, call.args[1], local)
        # What follows ", as" explains a refusal.
        good = isinstance(name, str) and wanted and ", as " not in wanted
        return {name: wanted} if good else {}
    if func.attr not in _CHECKS:
        return {}
    words = []
    for argument in call.args[1:]:
        starred = isinstance(argument, ast.Starred)
        value = argument.value if starred else argument
        value = _literal(module, value, local)
        words += value or () if starred else [value]
    keywords = {k.arg: _literal(module, k.value, local) for k in call.keywords}
    if None in words:
        return {}
    alone = func.attr in ("one_of", "several_of")
    options = words[:1] if alone else words
    try:
        getattr(checks, func.attr)(
            dict.fromkeys(options, _Refused()), *words, **keywords
        )
    except UsageError as error:
        text = str(error).partition(" to be ")[2].partition(". Received")[0]
        return dict.fromkeys(options, text)
    except TypeError:
        pass
    return {}


class _Refused:
    """A value that every check refuses."""


class _Expression:
    """A bound that depends on other options; its text is its formula."""

    def __init__(self, node):
        self._text = _formula(node)

    def __str__(self):
        return self._text


def _literal(module, node, local):
    if isinstance(node, ast.Name) and node.id in local:
        node = local[node.id]
    try:
        return module.literal(node)
    except ValueError:
        return _Expression(node)


def _text(module, node, local, line, function):
    """Returns the words of a text, with formulas in place of values."""
    if isinstance(node, ast.Name):
        # The same name may be used again for the next check.
        lines = [
            entry
            for entry in ast.walk(function)
            if isinstance(entry, ast.Assign)
            and entry.lineno < line
            and ast.unparse(entry.targets[0]) == node.id
        ]
        if not lines:
            return ""
        node = max(lines, key=lambda entry: entry.lineno).value
    if isinstance(node, ast.Constant):
        return str(node.value)
    if not isinstance(node, ast.JoinedStr):
        return ""
    words = []
    for part in node.values:
        if isinstance(part, ast.Constant):
            words.append(part.value)
        else:
            words.append(str(_literal(module, part.value, local)))
    return "".join(words)


def _formula(node):
    return ast.unparse(node).replace("self.", "")
