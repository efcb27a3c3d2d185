"""Keeps what others have put where a run or a training would be written.

A directory that holds a `configuration.json` of its kind is one of an earlier
start, and everything in it may be replaced. In any other, files of the names
that would be written are somebody's own.
"""

import os

from nas_tf import checks
from nas_tf.errors import UsageError
from nas_tf.files import read_json
from nas_tf.runs import card_file
from nas_tf.runs import configuration as configurations
from nas_tf.runs import flagfile
from nas_tf.runs import journal

SEARCH = "search"
# The "name" in the configuration of a training.
TRAINING = "training"
# The flag that names the directory.
_FLAGS = {SEARCH: "run_dir", TRAINING: "output"}
_WRITTEN = {
    SEARCH: (flagfile.FILE, journal.DERIVED, "best", "checkpoint"),
    TRAINING: (
        *(flagfile.FILE, "training", "members", "architectures", "recipes"),
        *("model", "model.old", "model.partial"),
    ),
}


def check(folder, kind):
    """Raises `UsageError` if a start would replace what others have written.

    Nothing is changed. An exported model with its card is one of this package,
    wherever it lies.

    Args:
        folder: `pathlib.Path` of the directory, which may not exist.
        kind: `SEARCH` or `TRAINING`.
    """
    path = folder / configurations.FILE
    if os.path.lexists(path):
        record = read_json(path, f"the configuration of a {kind}")
        if not _is_of(record, kind):
            raise _refused(path, f"of no {kind}", kind)
        return
    for name in _WRITTEN[kind]:
        found = folder / name
        if os.path.lexists(found) and not _is_export(found):
            raise _refused(found, f"beside no {configurations.FILE}", kind)


def _is_of(record, kind):
    """Returns whether this package wrote a configuration, in any format."""
    if not isinstance(record, dict):
        return False
    space = record.get("space")
    # The first trainings had no "format".
    ours = checks.is_whole(record.get("format")) or (
        isinstance(space, dict) and isinstance(space.get("name"), str)
    )
    return ours and (record.get("name") == TRAINING) == (kind == TRAINING)


def _is_export(path):
    named = path.name.partition(".")[0] == "model"
    return named and os.path.isfile(path / card_file.FILE)


def _refused(path, what, kind):
    return UsageError(
        f"Expected a new directory, or that of an earlier start, for a {kind}. "
        f"Received: {path}, which is {what} and would be replaced; another "
        f"--{_FLAGS[kind]} keeps it"
    )
