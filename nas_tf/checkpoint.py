"""The strategy's state in the run directory: a cache of the journal."""

import collections

FOLDER = "checkpoint"
FILE = "strategy.npz"


def save(strategy, archive, updates):
    """Writes the state after so many updates, if the run is on disk.

    Args:
        strategy: `Strategy`.
        archive: The run's `Archive`.
        updates: How many batches were learned from.
    """
    if archive.run_dir is None:
        return
    folder = archive.run_dir / FOLDER
    folder.mkdir(exist_ok=True)
    strategy.save(folder / FILE, {"updates": updates})


def restore(strategy, archive, batch_size):
    """Brings a strategy to the state that was saved, if it can be used.

    Args:
        strategy: `Strategy`. If nothing could be restored its state may be
            anything, and it has to be started again.
        archive: The run's `Archive`.
        batch_size: Trials that make a batch whole.

    Returns:
        How many updates the state holds, or None if there is none, it is
        broken, or it knows of more than the journal does.
    """
    if archive.run_dir is None:
        return None
    counts = collections.Counter(t.proposal.batch for t in archive.trials)
    whole = sum(count == batch_size for count in counts.values())
    try:
        updates = strategy.restore(archive.run_dir / FOLDER / FILE)["updates"]
        return updates if updates <= whole else None
    except Exception:  # a broken file raises nearly anything
        return None
