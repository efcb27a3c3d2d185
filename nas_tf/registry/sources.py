"""Reads modules as text: what they define, without importing them.

Many parts need TensorFlow, which takes seconds to load.
"""

import ast
import functools
import pathlib
import sys


class Module:
    """The source of a module.

    Args:
        path: `pathlib.Path` of the file.

    Attributes:
        tree: Its `ast.Module`.
    """

    def __init__(self, path):
        self.tree = ast.parse(path.read_text(encoding="utf-8"))
        self._defined = {}
        self._imported = {}
        for node in self.tree.body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef):
                self._defined[node.name] = node
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        self._defined[target.id] = node.value
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    self._imported[alias.asname or alias.name] = (alias.name,)
            elif isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    source = (node.module, alias.name)
                    self._imported[alias.asname or alias.name] = source

    def find(self, node):
        """Returns what a name stands for, as far as the source says it.

        Args:
            node: `ast.Name`, or `ast.Attribute` of a module's name.

        Returns:
            A pair of the `Module` that defines it and the syntax node, a
            class, function or expression; (None, None) if it is not found.
        """
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            source = self._imported.get(node.value.id)
            module = source and find(".".join(source))
            return module.find(ast.Name(node.attr)) if module else (None, None)
        if not isinstance(node, ast.Name):
            return None, None
        found = self._defined.get(node.id)
        if isinstance(found, ast.Name | ast.Attribute):
            return self.find(found)
        if found is not None:
            return self, found
        source = self._imported.get(node.id, ())
        module = find(source[0]) if len(source) > 1 else None
        return module.find(ast.Name(source[1])) if module else (None, None)

    def classes(self, node):
        """Returns a class and its bases, each as `find` does, the class first.

        They are in the order in which Python looks up methods.

        Args:
            node: `ast.ClassDef` of this module. Bases outside of the sources
                that are found are left out.
        """
        bases = [
            (module, found)
            for module, found in map(self.find, node.bases)
            if isinstance(found, ast.ClassDef)
        ]
        orders = [module.classes(found) for module, found in bases]
        merged = [(self, node)]
        waiting = [order for order in [*orders, bases] if order]
        while waiting:
            # The first that no other order has behind another class.
            firsts = [
                order[0]
                for order in waiting
                if not any(order[0] in other[1:] for other in waiting)
            ]
            # Without any, Python refuses the class.
            chosen = firsts[0] if firsts else waiting[0][0]
            merged.append(chosen)
            rests = ([c for c in o if c != chosen] for o in waiting)
            waiting = [rest for rest in rests if rest]
        return merged

    def literal(self, node):
        """Returns the value of an expression of literals and constants.

        Raises:
            ValueError: For any other expression.
        """
        if isinstance(node, ast.Name | ast.Attribute):
            module, found = self.find(node)
            if module is None:
                raise ValueError(ast.unparse(node))
            return module.literal(found)
        if isinstance(node, ast.Tuple | ast.List):
            return tuple(self.literal(item) for item in node.elts)
        return ast.literal_eval(node)


@functools.cache
def find(name):
    """Returns the `Module` of a dotted name, None if it is not found.

    Args:
        name: For instance "nas_tf.spaces.conv".
    """
    parts = pathlib.Path(*name.split("."))
    for entry in sys.path:
        place = pathlib.Path(entry or ".") / parts
        for path in (place.with_suffix(".py"), place / "__init__.py"):
            try:
                if path.is_file():
                    return Module(path)
            # A name may also be too long for a file.
            except (OSError, ValueError, SyntaxError):
                return None
    return None


def paragraphs(text):
    """Returns the text of a docstring before its sections, and these.

    Args:
        text: Docstring without indentation.

    Returns:
        A pair of the text and a dict from the names under "Attributes:" and
        "Args:" to their descriptions in one line.
    """
    before, described, name = [], {}, None
    section = ""
    for line in text.splitlines():
        if line.endswith(":") and line[:1].isalpha() and " " not in line:
            section = line[:-1]
        elif not section:
            before.append(line)
        elif section in ("Attributes", "Args"):
            head, colon, rest = line.strip().partition(": ")
            indent = len(line) - len(line.lstrip())
            if line.strip() and indent == 0:
                section, name = "text", None
                before += ["", line]
            elif indent == 4 and colon:
                name = head
                described[name] = rest
            elif name and line.strip():
                described[name] += f" {line.strip()}"
        elif line[:1].isalpha():
            section = "text"
            before.append(line)
    return "\n".join(before).strip(), described
