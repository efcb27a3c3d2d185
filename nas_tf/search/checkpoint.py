"""The saved state of a search: a cache of what the journal determines."""

import collections
import json
import os
import time

import numpy as np

from nas_tf import reading
from nas_tf.errors import UsageError
from nas_tf.files import written_whole
from nas_tf.search import learner as learners

FOLDER = "checkpoint"
FILE = "state.npz"
# Earlier versions saved the strategy's state alone, in this file.
EARLIER_FILE = "strategy.npz"
EARLIER_PREFIX = "state/"
# Seconds between two checkpoints. What was learned after the last one is
# learned again from the journal when the search resumes.
SECONDS = 10
# Large states are written less often, so that writing takes at most this share
# of the time.
LARGEST_SHARE = 0.05
# Kinds of NumPy's types: boolean, whole, unsigned, floating point.
_NUMBERS = "biuf"


class Checkpoint:
    """The checkpoint of a run. A run in memory has none.

    Args:
        archive: The run's `Archive`.
        learner: The `Learner` whose state is saved.
    """

    def __init__(self, archive, learner):
        self._archive = archive
        self._learner = learner
        self._written = None
        self._due = float("-inf")

    @property
    def _folder(self):
        return self._archive.run_dir / FOLDER

    @property
    def _progress(self):
        progress = {
            "updates": self._learner.updates,
            "prepared": self._learner.prepared,
        }
        if self._learner.parts:
            progress["parts"] = self._learner.parts
        return progress

    def write_if_due(self):
        """Writes the state if the last checkpoint is at least 10 s old."""
        if time.monotonic() >= self._due:
            self.write()

    def write(self):
        """Writes the state, unless the file already has it.

        After an interrupt the state may be half changed, or a batch may be
        prepared but not in the journal. The last checkpoint is kept then.
        """
        archive, learner = self._archive, self._learner
        if archive.run_dir is None or self._progress == self._written:
            return
        if not learner.in_step or learner.prepared != len(archive.batches):
            return
        began = time.monotonic()
        try:
            self._folder.mkdir(exist_ok=True)
            write(self._folder / FILE, self._learner.state(), self._progress)
        except FileNotFoundError:
            raise UsageError(
                f"Expected the run's directory until its end. Received: "
                f"{self._folder.parent} was removed"
            ) from None
        (self._folder / EARLIER_FILE).unlink(missing_ok=True)
        self._written = self._progress
        now = time.monotonic()
        self._due = now + max(SECONDS, (now - began) / LARGEST_SHARE)

    def restore(self, batch_size):
        """Gives the learner the saved state, if it can be used.

        A file that is missing or broken, or whose state does not fit the
        journal, leaves the learner as it was started.

        Args:
            batch_size: Number of trials of a complete batch.

        Raises:
            UsageError: If no state can be written in its place.
        """
        if self._archive.run_dir is None:
            return
        self._check_place()
        try:
            arrays, progress = self._read()
            fits = self._is_of_the_journal(batch_size, **progress)
            fits = fits and self._has_kinds(arrays)
        except Exception:  # a broken file raises almost anything
            return
        if not fits:
            return
        try:
            self._learner.set_state(arrays, **progress)
            self._written = progress
        except Exception:  # such as a missing array
            self._learner.start()

    def _check_place(self):
        path = self._folder / FILE
        for place, wrong, wanted in (
            (self._folder, not self._folder.is_dir(), "a folder"),
            (path, path.is_dir(), "a file"),
        ):
            if os.path.lexists(place) and wrong:
                raise UsageError(
                    f"Expected {place} to be {wanted}, or missing. Received: "
                    f"another, which may be removed, as the journal has all "
                    f"that was in it"
                )

    def _read(self):
        path = self._folder / FILE
        if os.path.lexists(path):
            return read(path)
        arrays, note = read(self._folder / EARLIER_FILE)
        strategy = {
            learners.STRATEGY + name.removeprefix(EARLIER_PREFIX): array
            for name, array in arrays.items()
        }
        updates = note["updates"]
        # Evaluators had no state then, so `prepare` may be called again.
        batches = self._archive.batches
        prepared = sum(batch.updates < updates for batch in batches)
        return strategy, {"updates": updates, "prepared": prepared}

    def _is_of_the_journal(self, batch_size, updates, prepared, parts=0):
        """Returns whether a search with this journal passed through a state."""
        archive = self._archive
        counts = collections.Counter(t.proposal.batch for t in archive.trials)
        complete = sum(count == batch_size for count in counts.values())
        if updates > complete or prepared > len(archive.batches):
            return False
        seen = [batch.updates for batch in archive.batches]
        before, after = seen[:prepared], seen[prepared:]
        latest = min([*after, complete])
        if parts and updates != latest:
            # Nothing is learned between two parts of a preparation.
            return False
        return max(before, default=0) <= updates <= latest

    def _has_kinds(self, arrays):
        """Returns whether arrays hold the numbers that a new state holds."""
        return all(
            arrays[name].dtype.kind == value.dtype.kind
            for name, value in self._learner.state().items()
            if name in arrays and value.dtype.kind in _NUMBERS
        )


def write(path, arrays, note):
    """Writes arrays to one file, replacing it atomically.

    Args:
        path: `pathlib.Path` of the file, whose folder exists.
        arrays: Dict of NumPy arrays.
        note: JSON-able dict, saved with them.
    """
    with written_whole(path, binary=True) as file:
        np.savez(file, note=np.array(json.dumps(note)), **arrays)


def read(path):
    """Returns what `write` wrote: the arrays and the note.

    Raises:
        Exception: Of almost any kind, if the file is broken.
    """
    with reading.arrays(path, "the state of a search") as file:
        arrays = {name: file[name] for name in file.files if name != "note"}
        return arrays, json.loads(str(file["note"]))
