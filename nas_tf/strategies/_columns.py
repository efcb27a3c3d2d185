"""Rows of actions as ones and zeros, for a regression."""

import numpy as np

from nas_tf.decisions import Subset


class Columns:
    """Rows of actions as ones and zeros.

    Args:
        decisions: Sequence of all decisions. Those that a shorter row does not
            have are zeros.
    """

    def __init__(self, decisions):
        self._decisions = decisions
        sizes = [decision.size for decision in decisions]
        self._starts = np.concatenate([[0], np.cumsum(sizes, dtype=int)])

    def read(self, rows, near):
        """Returns `[N, columns]` float32."""
        found = np.zeros((len(rows), self._starts[-1]), np.float32)
        lengths = np.array(list(map(len, rows)))
        for length in np.unique(lengths).tolist():
            these = np.flatnonzero(lengths == length)
            actions = np.array([rows[i] for i in these], np.int64)
            active = near.mask([rows[i] for i in these])
            for at, decision in enumerate(self._decisions[:length]):
                choices = np.arange(decision.size)
                if isinstance(decision, Subset):
                    chosen = actions[:, at, None] >> choices & 1
                else:
                    chosen = actions[:, at, None] == choices
                columns = slice(self._starts[at], self._starts[at + 1])
                found[these, columns] = chosen * active[:, at, None]
        return found
