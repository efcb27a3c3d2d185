"""`open_run`: a run directory as a `SearchResult`."""

import pathlib

from nas_tf.api.parts import Recorded
from nas_tf.api.result import SearchResult
from nas_tf.machine import places
from nas_tf.report.run import Run
from nas_tf.runs.directory import RunDirectory


def open_run(path: str | pathlib.Path) -> SearchResult:
    """Returns what a search has found so far, read from its directory.

    Nothing is written or locked, so that the search may be in progress.
    Directories of earlier versions can be opened too.

    Args:
        path: Directory of the run, the `run_dir` of the search.

    Raises:
        UsageError: If there is no run, or its files are broken.
    """
    directory = RunDirectory(path)
    # Broken files are refused now rather than when they are needed.
    trials, _ = directory.trials, directory.configuration
    return SearchResult(trials, Recorded(Run(directory)), places.local(path))
