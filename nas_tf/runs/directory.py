"""Reads a run directory without locking it."""

import functools

from nas_tf import decisions
from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.machine import places
from nas_tf.runs import configuration
from nas_tf.runs import flagfile
from nas_tf.runs import journal
from nas_tf.runs import tally


class RunDirectory:
    """The contents of a search's directory, each file read on first use.

    Nothing is written. Parts are imported by `make` and, for directories of
    earlier versions, by `decisions`.

    Args:
        path: The directory.

    Attributes:
        path: `pathlib.Path`, made absolute.

    Raises:
        UsageError: If it is not the directory of a search.
    """

    def __init__(self, path):
        self.path = places.local(path).resolve()
        if not is_run(self.path):
            raise UsageError(f"Expected a run directory. Received: {path}")

    @functools.cached_property
    def configuration(self):
        """Dict of what may not change between two starts.

        See `nas_tf.runs.configuration`; it is in today's format, whatever the
        file's.

        Raises:
            UsageError: If there is no such file, or it is broken.
        """
        return configuration.read(self.path / configuration.FILE)

    @functools.cached_property
    def decisions(self):
        """Tuple of the space's decisions.

        Raises:
            UsageError: If an earlier version wrote the directory, without the
                decisions, and its space cannot be made here.
        """
        records = self.configuration.get("decisions")
        if records is None:
            return tuple(self.make("space").decisions)
        return decisions.from_json(records)

    @functools.cached_property
    def flags(self):
        """Dict from a flag's name to its text; empty without a flagfile."""
        return flagfile.read(self.path / flagfile.FILE)

    @functools.cached_property
    def trials(self):
        """List of `Trial`, in the order of finishing."""
        return journal.read_trials(self.path)

    @functools.cached_property
    def best(self):
        """List of different successful trials, best first."""
        return tally.best_of(self.trials, len(self.trials))

    def call(self, name):
        """Returns the call string of a part.

        Args:
            name: "space", "task", "strategy" or "evaluator".

        Returns:
            The text of the flag, which includes the places of files. Without
            the flag, the text in the configuration. "none" for the task of a
            search that trains nothing.
        """
        call = self.configuration.get(name)
        if call == configuration.NONE or name not in self.flags:
            return call
        call = self.flags[name]
        if name == "strategy":
            call = configuration.strategy_of_then(self.path, call)
        return registry.upgraded(configuration.PARTS[name], call)

    def make(self, name):
        """Returns a new instance of a part of the run.

        Raises:
            UsageError: If it cannot be made here.
        """
        call = self.call(name)
        if call is None:
            raise UsageError(
                f"Expected a {name} of {self.path}. Received: none"
            )
        return registry.make(configuration.PARTS[name], call)


def is_run(path):
    """Returns whether there is a run in a directory, a `pathlib.Path`."""
    return (path / journal.TRIALS).is_file()
