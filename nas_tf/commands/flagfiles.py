"""Flagfiles: where they are, and the flags in them.

A flagfile has one flag a line. Empty lines and lines that begin with # or //
are ignored. `--flagfile` in a flagfile includes another one.

The flagfiles of this package are found by name, `--flagfile=digits_train`, from
any directory. A checkout has them in `flags/`, an installation in
`nas_tf/flags/`.
"""

import difflib
import pathlib

from nas_tf import reading
from nas_tf.errors import UsageError
from nas_tf.machine import places

FLAG = "flagfile"
SUFFIX = ".flags"
_PACKAGE = pathlib.Path(__file__).resolve().parent.parent


class Word(str):
    """A word of a command line that stands in a flagfile.

    Attributes:
        file: Path of the flagfile.
    """

    def __new__(cls, text, file):
        word = super().__new__(cls, text)
        word.file = file
        return word


def folder():
    """Returns the `pathlib.Path` of this package's own flagfiles."""
    installed = _PACKAGE / "flags"
    return installed if installed.is_dir() else _PACKAGE.parent / "flags"


def expand(words):
    """Returns the words of a command line with flagfiles replaced by flags.

    Args:
        words: Sequence of strings, without the name of the program.

    Returns:
        List of strings. Those from a flagfile are of the type `Word`.

    Raises:
        UsageError: If a flagfile cannot be read.
    """
    return list(_expanded(list(words), ()))


def origin(words, name):
    """Returns " in FILE" for a flag that stands in a flagfile, otherwise "".

    Args:
        words: What `expand` returned.
        name: Name of the flag.
    """
    for word in words:
        if word.lstrip("-").partition("=")[0] == name:
            return f" in {word.file}" if isinstance(word, Word) else ""
    return ""


def find(text):
    """Returns the path of a flagfile, a `pathlib.Path`.

    Args:
        text: Path of a file, or the name of one of this package's files with or
            without ".flags".

    Raises:
        UsageError: If there is none.
    """
    if not text:
        raise UsageError(f"Expected a file in --{FLAG}. Received: none")
    path = places.local(text)
    if path.exists():
        return path
    if path.parent.name in ("", "flags"):
        own = folder() / f"{path.name.removesuffix(SUFFIX)}{SUFFIX}"
        if own.is_file():
            return own
    near = difflib.get_close_matches(path.stem, titles(), n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    raise UsageError(
        f"Expected a file in --{FLAG}, or a name that `nas_tf list flagfiles` "
        f"shows. Received: {text}, which does not exist.{hint}"
    )


def titles():
    """Returns a dict from the names of this package's files to what they do.

    What they do is the first line of a file.
    """
    found = {}
    for path in sorted(folder().glob(f"*{SUFFIX}")):
        first = path.read_text(encoding="utf-8").partition("\n")[0]
        found[path.stem] = first.lstrip("# ")
    return found


def _expanded(words, above):
    """Yields words; `above` has the flagfiles that include these ones."""
    while words:
        word = words.pop(0)
        name, is_given, value = word.partition("=")
        if word == "--":
            yield from [word, *words]
            return
        if name.lstrip("-") != FLAG or not name.startswith("-"):
            yield word
            continue
        if not is_given:
            value = words.pop(0) if words else ""
        path = find(value)
        if path in above:
            raise UsageError(
                f"Expected a flagfile that does not include itself. Received: "
                f"{path}"
            )
        yield from _expanded(_read(path), (*above, path))


def _read(path):
    text = reading.text(path, f"a file in --{FLAG} that can be read")
    # Editors on Windows begin a file with a byte-order mark.
    lines = (line.strip() for line in text.lstrip("\ufeff").splitlines())
    return [
        Word(line, path)
        for line in lines
        if line and not line.startswith(("#", "//"))
    ]
