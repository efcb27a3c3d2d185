"""Converts measurements of a child to the reward that a strategy maximises."""

import math

from nas_tf.errors import UsageError


def perplexity(loss):
    """Returns e to the power of a loss in nats, infinity if it overflows."""
    return math.exp(loss) if loss < 700 else loss * math.inf


def bits(loss):
    """Returns a loss in nats converted to bits."""
    return loss / math.log(2)


def inverse_square_perplexity(value, scale=80.0):
    """Returns `scale / perplexity**2` (Zoph & Le 2017, section 4.2)."""
    return scale / value**2


def best_of_last(values, count):
    """Returns the largest of the last `count` numbers of a history.

    Args:
        values: List of floats, None where an epoch was not measured.
        count: Number of last epochs to consider, at least 1.

    Returns:
        A float, NaN if any of these numbers is not finite.

    Raises:
        UsageError: If none of the last `count` epochs was measured.
    """
    return _of_last(max, values, count)


def lowest_of_last(values, count):
    """Returns the smallest of the last `count` numbers of a history.

    Arguments and errors are those of `best_of_last`.
    """
    return _of_last(min, values, count)


def _of_last(choose, values, count):
    measured = [value for value in values[-count:] if value is not None]
    if not measured:
        raise UsageError(
            f"Expected a measurement in the last {count} epochs. "
            f"Received: {values}"
        )
    if not all(math.isfinite(value) for value in measured):
        return math.nan
    return choose(measured)
