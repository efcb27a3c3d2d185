"""How sure a share is that was counted on a number of examples."""

import statistics
import sys

# Of the standard normal distribution, for an interval of 95 %.
_QUANTILE = statistics.NormalDist().inv_cdf(0.975)


def wilson(share, count):
    """Returns the 95 % interval of a share, such as an accuracy.

    It is the score interval of E. B. Wilson, "Probable inference, the law of
    succession, and statistical inference", 1927, which holds for shares near 0
    and 1 and for small numbers too.

    Args:
        share: Share of the examples, in [0, 1].
        count: Number of examples, at least 1.

    Returns:
        A pair of floats `(low, high)` in [0, 1].
    """
    ratio = _QUANTILE**2 / min(count, sys.float_info.max)
    centre = share + ratio / 2
    half = (ratio * (share * (1 - share) + ratio / 4)) ** 0.5
    low, high = ((centre + sign * half) / (1 + ratio) for sign in (-1, 1))
    return max(0.0, low), min(1.0, high)
