"""Names of files and folders as users write them, and where to keep files."""

import os
import pathlib
import re
import stat
import tempfile

from nas_tf import reading
from nas_tf.errors import UsageError

# "gs://bucket/run"; one letter is a drive of Windows.
_URL = re.compile(r"[a-z][a-z0-9+.-]+:/", re.IGNORECASE)


def local(text):
    """Returns a file or folder of this machine as `pathlib.Path`.

    A leading `~` or `~user` is the home of a user.

    Args:
        text: String or path.

    Raises:
        UsageError: If it is no path, is an address such as `gs://bucket/run`,
            begins with a home that is not known, or no file can have such a
            name.
    """
    if not isinstance(text, (str, bytes, os.PathLike)):
        raise UsageError(
            f"Expected the name of a file or folder. Received: "
            f"{type(text).__name__} {text!r:.60}"
        )
    name = os.fsdecode(text)
    if _URL.match(name):
        raise UsageError(
            f"Expected a file or folder of this machine, where other storage "
            f"has to be mounted. Received: {name}"
        )
    expanded = os.path.expanduser(name)
    if expanded.startswith("~") and not os.path.lexists(expanded):
        raise UsageError(
            f"Expected a home folder for '~', by HOME or of a known user. "
            f"Received: {name}, and there is none"
        )
    reading.check_path(expanded, "the name of a file or folder")
    return pathlib.Path(expanded)


def has_home():
    """Returns whether this user has a home, by HOME or by the system."""
    return os.path.isabs(os.path.expanduser("~")) and (
        os.environ.get("HOME") != ""
    )


def is_address(text):
    """Returns whether a text names no file of this machine, but a URL."""
    return bool(_URL.match(text))


def cache(variable, name):
    """Returns the folders of files that may be lost: to read, and to write.

    That is the folder that an environment variable names, else `name` in the
    user's home. Where there is no home, or it cannot be written, files are
    written to a folder in the system's folder of temporary files, which
    belongs to the user alone. Files are still read where they are.

    Args:
        variable: Name of the environment variable.
        name: Path below the home.

    Returns:
        Tuple of `pathlib.Path`, the last of which can be written if any can.
    """
    asked = os.environ.get(variable)
    if asked:
        return (local(asked),)
    if not has_home():
        return (_temporary(name),)
    usual = os.path.expanduser(os.path.join("~", name))
    if _can_be_written(usual):
        return (pathlib.Path(usual),)
    return (pathlib.Path(usual), _temporary(name))


def _can_be_written(folder):
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)


def _temporary(name):
    """Returns this user's folder for temporary files, made if missing.

    Others can write beside it. One that belongs to another user, or that others
    can write, is not used.
    """
    plain = os.path.basename(name)
    user = os.getuid() if hasattr(os, "getuid") else "user"
    folder = pathlib.Path(tempfile.gettempdir(), f"{plain}-{user}")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        facts = folder.lstat()
    except OSError:
        return folder
    if not stat.S_ISDIR(facts.st_mode) or (
        hasattr(os, "getuid")
        and (facts.st_uid != os.getuid() or facts.st_mode & 0o022)
    ):
        raise UsageError(
            f"Expected {folder} to be a folder that its user alone can write, "
            f"or another one by the environment. Received: one that others "
            f"can change"
        )
    return folder
