"""The flags a command was started with, as a file it can be started by."""

from nas_tf.files import written_whole

FILE = "flags.txt"


def write(path, lines):
    """Writes a flagfile whole.

    Args:
        path: The file.
        lines: Iterable of flags such as "--seed=1".
    """
    with written_whole(path) as file:
        file.writelines(f"{line}\n" for line in lines)


def read(path):
    """Returns the flags of a file that `write` wrote, a dict of strings.

    A boolean flag has its own name as value, after "no" if it is false. The
    dict is empty if there is no such file; lines that are no flags are passed
    over.

    Args:
        path: `pathlib.Path` of the file.
    """
    if not path.is_file():
        return {}
    text = path.read_text(encoding="utf-8", errors="replace")
    lines = [line for line in text.splitlines() if line.startswith("--")]
    pairs = (line[2:].split("=", 1) for line in lines)
    return {pair[0]: pair[-1] for pair in pairs}
