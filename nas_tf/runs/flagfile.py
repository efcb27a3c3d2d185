"""The flags of a command, as a flagfile that starts it again."""

import os
import pathlib

from nas_tf import reading
from nas_tf.files import written_whole
from nas_tf.runs import configuration

FILE = "flags.txt"


def write(path, lines):
    """Writes a flagfile, replacing it atomically.

    Args:
        path: The file.
        lines: Iterable of flags such as "--seed=1".
    """
    with written_whole(path) as file:
        file.writelines(f"{line}\n" for line in lines)


def read(path):
    """Returns the flags of a file that `write` wrote, a dict of strings.

    A boolean flag without a value, such as "--reuse" or "--noreuse", has its
    text as name and value. Lines that are not flags are ignored. Without a file
    the dict is empty.

    Args:
        path: `pathlib.Path` of the file.

    Raises:
        UsageError: If it cannot be read.
    """
    if not os.path.lexists(path):
        return {}
    data = reading.content(path, "a file of flags", reading.LARGEST_TEXT)
    text = data.decode("utf-8", errors="replace")
    lines = [line for line in text.splitlines() if line.startswith("--")]
    pairs = (line[2:].split("=", 1) for line in lines)
    return {pair[0]: pair[-1] for pair in pairs}


def moved_to(arguments, flags, recorded):
    """Returns the directory in which a command's own flagfile lies now.

    A directory may be moved or copied after its flagfile was written. The place
    of the file then counts, and not the place that is recorded in it.

    Args:
        arguments: The words of the command line.
        flags: Names of the flags that decide the directory. A command line
            that has one of them itself is followed.
        recorded: The directory that the flags name.

    Returns:
        `pathlib.Path`. None if the command line names no `flags.txt` beside a
        `configuration.json`, or that directory is `recorded`.
    """
    if any(word.split("=")[0].lstrip("-") in flags for word in arguments):
        return None
    folders = [path.parent for path in _named(arguments) if path.name == FILE]
    if not folders or not (folders[-1] / configuration.FILE).is_file():
        return None
    same = folders[-1].resolve() == pathlib.Path(recorded).resolve()
    return None if same else folders[-1]


def _named(arguments):
    """Yields the paths of the flagfiles on a command line."""
    for word, following in zip(arguments, [*arguments[1:], ""]):
        name, equals, value = word.partition("=")
        if name in ("--flagfile", "-flagfile"):
            yield pathlib.Path(value if equals else following).expanduser()
