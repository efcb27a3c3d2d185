"""Lists the runs below a folder: nas_tf runs [FOLDER].

FOLDER is `runs` if it is not given. Of each run the table has how far it is,
its best child, the score of the winner's full training, and what is searched.
Nothing is written.
"""

import os
import pathlib

from nas_tf import layout
from nas_tf.cli import status
from nas_tf.errors import UsageError
from nas_tf.files import read_json
from nas_tf.machine import places
from nas_tf.report import trained
from nas_tf.report import wording
from nas_tf.runs import configuration
from nas_tf.runs import directory

DEFAULT = "runs"
HEADER = (
    "run",
    "status",
    "children",
    "best",
    "trained",
    "time",
    "space on task by strategy",
)


def main(argv):
    """See the module."""
    if len(argv) > 2:
        raise UsageError(f"Expected one folder. Received: {' '.join(argv[1:])}")
    folder = places.local(argv[1] if len(argv) > 1 else DEFAULT)
    if not folder.is_dir():
        raise UsageError(f"Expected a folder with runs. Received: {folder}")
    rows = [row(path, folder) for path in find(folder)]
    if not rows:
        print(f"There are no runs below {folder}.")
        return
    print(layout.table([HEADER, *rows], left={0, 1, 3, 4}))


def find(folder):
    """Yields the paths of all runs at and below a folder, sorted.

    What lies inside of a run or a training belongs to it and is left out.

    Args:
        folder: `pathlib.Path`.
    """
    for place, folders, _ in os.walk(folder):
        folders.sort()
        path = pathlib.Path(place)
        try:
            is_run = directory.is_run(path)
        except OSError:
            # A folder that may not be read.
            continue
        if is_run:
            yield path
        if is_run or _is_training(path):
            folders.clear()


def row(path, folder):
    """Returns a run's cells of the table, see `HEADER`.

    Args:
        path: `pathlib.Path` of the run.
        folder: The folder that its name is relative to.
    """
    name = str(path.relative_to(folder)) if path != folder else str(path)
    try:
        run = status.read(path)
    except UsageError as error:
        return (name, "broken", "-", "-", "-", "-", str(error))
    parts = [run.part(key).partition("(")[0] for key in ("space", "task")]
    words = parts[0] if parts[1] == configuration.NONE else " on ".join(parts)
    seconds = status.seconds(run)
    winner = trained.read(run.path / trained.FOLDER, run.task)
    return (
        name,
        status.of(run) or "-",
        status.children(run),
        _best(run),
        (winner and winner.score("test")) or "-",
        "-" if seconds is None else layout.span(seconds),
        f"{words} by {run.part('strategy').partition('(')[0]}",
    )


def _best(run):
    if not run.best:
        return "-"
    name = run.measure.name.removeprefix("validation ")
    return f"{wording.words(name)} {run.measure.text(run.best[0])}"


def _is_training(path):
    try:
        record = read_json(path / configuration.FILE)
    except UsageError:
        return False
    return isinstance(record, dict) and record.get("name") == "training"
