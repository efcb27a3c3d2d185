"""From a measurement to the number a strategy maximises."""

import math

from nas_tf.errors import UsageError


def inverse_square_perplexity(value, scale=80.0):
    """Returns `scale / perplexity**2` (Zoph & Le 2017, section 4.2)."""
    return scale / value**2


def best_of_last(values, count):
    """Returns the largest of the last `count` numbers of a history.

    Args:
        values: List of floats, None where an epoch was not measured.
        count: How many epochs from the end count, at least 1.

    Returns:
        A float, NaN if any number that counts is not finite.

    Raises:
        UsageError: If none of the last `count` epochs was measured.
    """
    measured = [value for value in values[-count:] if value is not None]
    if not measured:
        raise UsageError(
            f"Expected a measurement in the last {count} epochs. "
            f"Received: {values}"
        )
    if not all(math.isfinite(value) for value in measured):
        return math.nan
    return max(measured)
