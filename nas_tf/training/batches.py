"""Arrays cut into batches."""

import collections.abc
import math

import keras
import numpy as np

# As many as 256 pictures of 32x32 in colour have.
MOST_NUMBERS = 256 * 32 * 32 * 3
# Enough for the devices that share a batch.
FEWEST_EXAMPLES = 8


def weighted(x, y, batch_size=256):
    """Returns examples as batches `(x, y, weights)` of one size, in order.

    The batches are as equal as possible. The last is filled up with zeros,
    which have the weight 0; every other example has the weight 1. Batches of
    large examples are smaller: of 16 pictures of 128x128, or 8 of 224x224.

    Args:
        x: `[N, ...]` inputs, N at least 1: an array, or a tuple or dict of
            arrays. In place of an array there may be any object with its
            `shape` whose slices are arrays; they are read when needed.
        y: `[N]` integer classes.
        batch_size: The largest number of examples in a batch. Default: 256.

    Returns:
        Sequence of tuples.
    """
    count = len(y)
    numbers = sum(math.prod(rows.shape[1:]) for rows in keras.tree.flatten(x))
    limit = max(FEWEST_EXAMPLES, MOST_NUMBERS // max(1, numbers))
    batch_size = min(batch_size, limit)
    # One shape for all batches, with as little to fill up as possible.
    size = math.ceil(count / math.ceil(count / batch_size))
    return _Slices((x, y, np.ones(count, np.float32)), count, size)


class _Slices(collections.abc.Sequence):
    """Slices of a structure of arrays, the last filled up with zeros."""

    def __init__(self, arrays, count, size):
        self._arrays = arrays
        self._starts = range(0, count, size)
        self._size = size

    def __len__(self):
        return len(self._starts)

    def __getitem__(self, number):
        start = self._starts[number]
        return keras.tree.map_structure(
            lambda rows: _filled_up(
                rows[start : start + self._size], self._size
            ),
            self._arrays,
        )


def windows(inputs, targets, steps):
    """Yields a text's windows `(inputs, targets)` in order, `[B, steps]` each.

    The last is filled up with the inputs 0 and the targets -1.

    Args:
        inputs: `[B, L]` integers.
        targets: `[B, L]` integers.
        steps: Integer, at least 1.
    """
    for start in range(0, inputs.shape[1], steps):
        window = slice(start, start + steps)
        missing = ((0, 0), (0, max(0, start + steps - inputs.shape[1])))
        yield (
            np.pad(inputs[:, window], missing),
            np.pad(targets[:, window], missing, constant_values=-1),
        )


def whole_windows(inputs, targets, steps):
    """Yields a text's windows as `windows` does, none of them filled up.

    Raises:
        ValueError: If L is not a multiple of `steps`, or is 0.
    """
    if not inputs.shape[1] or inputs.shape[1] % steps:
        raise ValueError(
            f"Expected rows of a multiple of steps={steps} symbols. Received: "
            f"{inputs.shape[1]}"
        )
    return windows(inputs, targets, steps)


def _filled_up(rows, size):
    missing = size - len(rows)
    if not missing:
        return rows
    zeros = np.zeros((missing, *rows.shape[1:]), rows.dtype)
    return np.concatenate([rows, zeros])
