"""Numbers with mean 0 and deviation 1, for any scale that float32 has."""

import numpy as np

# Rows that are converted to 64 bits at a time.
_CHUNK = 10_000
# Deviations whose exponents of 2 are up to this need no scale, see `_scale`.
_USUAL = 60
# Below its inverse, numbers of float32 lose digits.
_LARGEST = 126


def apply(x, mean, deviation):
    """Returns numbers with mean 0 and deviation 1.

    Args:
        x: `[..., F]` float32, an array of NumPy or a tensor of Keras, so that
            both are computed by one formula. `keras.layers.Normalization`
            squares deviations, which leaves the range of float32, and divides
            by no smaller one than 1e-7.
        mean: `[F]` float32.
        deviation: `[F]` float32, > 0.
    """
    scale = _scale(deviation)
    if (scale != 1).any():
        x = x * scale
    return (x - mean * scale) / (deviation * scale)


def _scale(deviation):
    """Returns powers of two that bring very small and large deviations near 1.

    Differences of numbers near the end of float32's range would leave it.
    Products by powers of two are exact.

    Returns:
        `[F]` float32, 1 for all other deviations.
    """
    _, exponent = np.frexp(deviation)
    usual = np.abs(exponent) <= _USUAL
    powers = np.ldexp(1.0, -np.minimum(exponent, _LARGEST))
    return np.where(usual, 1, powers).astype(np.float32)


def moments(array, rows):
    """Returns mean and deviation over all axes but the last.

    Args:
        array: `[N, ...]` float32.
        rows: Sorted numbers of the examples that count.

    Returns:
        A pair of `[F]` float32, F the size of the last axis, or 1 if there is
        none.
    """
    width = array.shape[-1] if array.ndim > 1 else 1
    count, total, squares = 0, np.zeros(width), np.zeros(width)
    # The first example is taken off, since a difference of large squares would
    # lose digits.
    first = array[rows[0]].reshape(-1, width)[0].astype(float)
    for start in range(0, len(rows), _CHUNK):
        part = array[rows[start : start + _CHUNK]].reshape(-1, width) - first
        count += len(part)
        total += part.sum(0)
        squares += np.square(part).sum(0)
    variance = np.maximum(squares / count - np.square(total / count), 0)
    deviation = np.sqrt(variance)
    mean = first + total / count
    # A constant stays what it is.
    smallest = np.maximum(1e-6 * np.abs(mean), np.finfo(np.float32).tiny)
    deviation[deviation <= smallest] = 1
    return mean.astype(np.float32), deviation.astype(np.float32)
