"""Stops a search whose children only fail, and says why they fail."""

import collections

from nas_tf import trial

# This many failures in a row, or a first batch that fails entirely, have a
# cause that all children share.
MAX_FAILURES_IN_A_ROW = 32


class SearchFailed(RuntimeError):
    """Raised when children only fail. The message has the commonest failure."""


class FailureWatch:
    """Counts failures in a row.

    Args:
        batch_size: Number of children of a batch.
    """

    def __init__(self, batch_size):
        self.first_batch = max(batch_size, 2)
        self.in_a_row = 0

    def add(self, finished):
        """Counts a `Trial`. A child that is too large is not a failure."""
        failed = not finished.ok and finished.result.status != trial.INVALID
        self.in_a_row = self.in_a_row + 1 if failed else 0

    def check(self, archive):
        """Raises `SearchFailed` if continuing is pointless."""
        trials, count = archive.trials, self.in_a_row
        first_batch = count == len(trials) == self.first_batch
        if not archive.tally.statuses[trial.OK]:
            # Without any success, children that are too large count as well.
            count = len(trials)
        if first_batch or count >= MAX_FAILURES_IN_A_ROW:
            raise SearchFailed(_commonest(trials[-count:]))


def _commonest(trials):
    """Returns a line about the commonest failure."""
    reasons = collections.Counter(
        (t.result.status, (t.result.error.strip().splitlines() or [""])[-1])
        for t in trials
    )
    (status, reason), count = reasons.most_common(1)[0]
    return (
        f"The last {len(trials)} children failed, so the search stops. "
        f"{count} of them: {status}: {reason}"
    )
