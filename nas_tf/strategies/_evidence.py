"""What the trials so far say of single decisions, as a linear regression.

A controller has learned little after a few batches. A regression on single
decisions needs far fewer trials; it knows nothing of how they go together.
"""

import numpy as np

# The penalty on squared coefficients. Predicted are numbers of variance 1.
_RIDGE = 1.0
# The most trials that are fitted, the newest, so that a long search is not
# slowed down.
_FITTED = 1000


class Evidence:
    """Predicts how good architectures are, from all that were tried.

    Rewards are replaced by normal scores: the quantiles of the normal
    distribution that belong to their ranks. So neither their unit nor a few
    very bad ones count. A ridge regression predicts these from one column of
    ones and zeros for each choice, or for each anchor of a `Subset`.

    Args:
        columns: `Columns` of the space's decisions.
        neighbours: `Neighbours` of the space.
        memory: `Memory` of what was tried.
    """

    def __init__(self, columns, neighbours, memory):
        self._columns = columns
        self._neighbours = neighbours
        self._memory = memory

    def predict(self, rows):
        """Returns `[N]` float64, predicted normal scores, higher is better.

        Args:
            rows: List of N rows of actions. At least one row was tried.
        """
        tried, rewards = self._memory.rated()
        scores = normal_scores(rewards[-_FITTED:])
        known = self._read(tried[-_FITTED:])
        means = known.mean(axis=0)
        known -= means
        # The smaller of two systems that have the same solution.
        if len(known) < known.shape[1]:
            weights = known.T @ _solved(known @ known.T, scores)
        else:
            weights = _solved(known.T @ known, known.T @ scores)
        return (self._read(rows) - means) @ weights

    def _read(self, rows):
        return self._columns.read(rows, self._neighbours).astype(np.float64)


def normal_scores(values):
    """Returns the normal quantiles of the ranks of numbers.

    Equal numbers have the mean of their ranks, and so the same score. Of n
    numbers, the one of rank r from 1 has the quantile of (r - 1/2) / n.

    Args:
        values: `[N]` floats, N >= 1.
    """
    from scipy.special import ndtri

    _, places, counts = np.unique(
        values, return_inverse=True, return_counts=True
    )
    ranks = np.cumsum(counts) - counts / 2
    return ndtri(ranks / len(values))[places]


def _solved(products, right):
    penalty = _RIDGE * np.eye(len(products))
    return np.linalg.solve(products + penalty, right)
