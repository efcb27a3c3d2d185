"""Writes the API reference.

    python docs/reference.py build/docs    all of it, as HTML, by pdoc
    python docs/reference.py docs/api.md   the list of what is public

Both are made of the docstrings: of the names that `nas_tf` exports, and of
every part with its options.
"""

import ast
import importlib.util
import pathlib
import sys
import warnings

# Documented beside the names that `nas_tf` exports.
MODULES = ("nas_tf.decisions", "nas_tf.errors", "nas_tf.recipe", "nas_tf.trial")
PRIVATE = r"!.*\._.*"

HEAD = """# What is public

The names that `nas_tf` exports, and the parts that call strings name. Each has
a docstring: `help(nas_tf.run_search)` shows it, and `make docs` writes all of
them as pages, `build/docs/index.html`. Everything else may change between
versions.

Made by `python docs/reference.py docs/api.md`.
"""


def write_pages(folder):
    """Writes the HTML pages; what pdoc does not understand is an error.

    Args:
        folder: `pathlib.Path` of the directory for them.
    """
    import pdoc

    import nas_tf

    # pdoc finds only names that are there, not those that are still to be
    # imported.
    for name in nas_tf.__all__:
        setattr(nas_tf, name, getattr(nas_tf, name))
    # Keras calls the arguments of a layer's `call` so.
    pdoc.docstrings.GOOGLE_LIST_SECTIONS.append("Call arguments")
    pdoc.render.configure(docformat="google", show_source=False)
    packages = [f"nas_tf.{package}" for package in _packages()]
    with warnings.catch_warnings():
        warnings.filterwarnings("error", module="pdoc")
        pdoc.pdoc(
            "nas_tf", *MODULES, *packages, PRIVATE, output_directory=folder
        )


def listing():
    """Returns the page with one line for each public name and each part."""
    import nas_tf

    names = {
        name: _summary(getattr(nas_tf, name).__doc__) for name in nas_tf.__all__
    }
    sections = [HEAD, _table("Names of `nas_tf`", names)]
    for package in _packages():
        sections.append(_table(f"{package.capitalize()}", _parts(package)))
    return "\n".join(sections)


def _packages():
    from nas_tf.registry import PACKAGES

    return list(PACKAGES)


def _parts(package):
    """Returns the parts of a package, with the first lines of their modules.

    They are read and not imported: some need libraries that are optional.
    """
    from nas_tf import registry

    found = {}
    for name in registry.names(package):
        spec = importlib.util.find_spec(f"nas_tf.{package}.{name}")
        text = pathlib.Path(spec.origin).read_text(encoding="utf-8")
        found[name] = _summary(ast.get_docstring(ast.parse(text)))
    return found


def _summary(docstring):
    """Returns a docstring's first paragraph, on one line."""
    return " ".join(docstring.strip().split("\n\n")[0].split())


def _table(title, rows):
    lines = [f"| `{name}` | {text} |" for name, text in rows.items()]
    return "\n".join([f"## {title}", "", "| | |", "| --- | --- |", *lines, ""])


def main(target):
    from nas_tf.lazy_keras import import_keras

    # As in every command, so that TensorFlow is quiet.
    import_keras()
    if target.suffix == ".md":
        target.write_text(listing(), encoding="utf-8")
    else:
        write_pages(target)
        target /= "index.html"
    print(f"Written: {target}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"Usage: python {sys.argv[0]} build/docs or docs/api.md")
    main(pathlib.Path(sys.argv[1]))
