"""Stops a search whose children only fail, and says why they fail."""

import collections
import re

from nas_tf import trial

# This many failures in a row, or a first batch that fails entirely, have a
# cause that all children share.
MAX_FAILURES_IN_A_ROW = 32

_NUMBER = re.compile(r"\d[\d.,]*")


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
        failed = finished.failed and finished.result.status != trial.INVALID
        self.in_a_row = self.in_a_row + 1 if failed else 0

    def check(self, archive):
        """Raises `SearchFailed` if continuing is pointless."""
        trials, count = archive.trials, self.in_a_row
        first_batch = count == len(trials) == self.first_batch
        if archive.tally.failed == len(trials):
            # Where no child could be trained, those that are too large count
            # as well. A pruned child was trained.
            count = len(trials)
        if first_batch or count >= MAX_FAILURES_IN_A_ROW:
            raise SearchFailed(_commonest(trials[-count:]))


def reasons(trials):
    """Counts the failures among trials by their reasons.

    Reasons that differ in numbers only count as one.

    Args:
        trials: Iterable of `Trial`.

    Returns:
        List of tuples of the status, the reason of the first of these failures,
        and their number, the commonest first.
    """
    counts, first = collections.Counter(), {}
    for finished in trials:
        if not finished.failed:
            continue
        result = finished.result
        reason = (result.error.strip().splitlines() or [""])[-1]
        key = (result.status, _NUMBER.sub("0", reason))
        first.setdefault(key, reason)
        counts[key] += 1
    return [(key[0], first[key], n) for key, n in counts.most_common()]


def _commonest(trials):
    """Returns a line about the commonest failure."""
    status, reason, count = reasons(trials)[0]
    return (
        f"The last {len(trials)} children failed, so the search stops. "
        f"{count} of them: {status}: {reason}"
    )
