"""When failures are no longer about the children, and what to say then."""

import collections

from nas_tf import trial

# So many failures one after the other, or a whole first batch of them, are
# about something that all children share.
MAX_FAILURES_IN_A_ROW = 32


class SearchFailed(RuntimeError):
    """Raised when all children fail; says what the commonest failure is."""


class FailureWatch:
    """Counts failures in a row.

    Args:
        batch_size: Children that make a first batch.
    """

    def __init__(self, batch_size):
        self.first_batch = max(batch_size, 2)
        self.in_a_row = 0

    def add(self, finished):
        """Notes a `Trial`; one that is too large is no failure by itself."""
        failed = not finished.ok and finished.result.status != trial.INVALID
        self.in_a_row = self.in_a_row + 1 if failed else 0

    def check(self, archive):
        """Raises `SearchFailed` if there is no point in going on."""
        trials, count = archive.trials, self.in_a_row
        first_batch = count == len(trials) == self.first_batch
        if not archive.tally.statuses[trial.OK]:
            # Oversize ones say nothing about the rest, unless there is
            # nothing else.
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
