"""The flags of a command, as a flagfile that starts it again."""

from nas_tf.files import written_whole

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
    """
    if not path.is_file():
        return {}
    text = path.read_text(encoding="utf-8", errors="replace")
    lines = [line for line in text.splitlines() if line.startswith("--")]
    pairs = (line[2:].split("=", 1) for line in lines)
    return {pair[0]: pair[-1] for pair in pairs}
