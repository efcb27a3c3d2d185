"""The strategy's state in the run directory: a cache of the journal."""

import collections
import time

FOLDER = "checkpoint"
FILE = "strategy.npz"
# What was learned since is learned again from the journal after a crash, in
# at most about that time.
SECONDS = 10


class Checkpoint:
    """The one checkpoint of a run; does nothing if the run is not on disk.

    Args:
        archive: The run's `Archive`.
        strategy: The `Strategy` whose state is kept.
    """

    def __init__(self, archive, strategy):
        self._archive = archive
        self._strategy = strategy
        self._updates = None
        self._written = float("-inf")

    def update(self, updates):
        """Writes the state if the last one is 10 s old.

        Args:
            updates: How many batches were learned from.
        """
        if time.monotonic() >= self._written + SECONDS:
            self.write(updates)

    def write(self, updates):
        """Writes the state, unless it is there already."""
        if self._archive.run_dir is None or updates == self._updates:
            return
        folder = self._archive.run_dir / FOLDER
        folder.mkdir(exist_ok=True)
        self._strategy.settle()
        self._strategy.save(folder / FILE, {"updates": updates})
        self._updates = updates
        self._written = time.monotonic()

    def restore(self, batch_size):
        """Brings the strategy to the state that was saved, if it can be used.

        If nothing could be restored the strategy's state may be anything, and
        it has to be started again.

        Args:
            batch_size: Trials that make a batch whole.

        Returns:
            How many updates the state holds, or None if there is none, it is
            broken, or it knows of more than the journal does.
        """
        archive = self._archive
        if archive.run_dir is None:
            return None
        counts = collections.Counter(t.proposal.batch for t in archive.trials)
        whole = sum(count == batch_size for count in counts.values())
        try:
            note = self._strategy.restore(archive.run_dir / FOLDER / FILE)
            if note["updates"] > whole:
                return None
        except Exception:  # a broken file raises nearly anything
            return None
        self._updates = note["updates"]
        return self._updates
