"""Rows of text, cut into windows."""

import numpy as np


def windows(inputs, targets, steps):
    """Yields `(inputs, targets)` of windows in order, each `[B, steps]`.

    The last is filled up with inputs 0 and targets -1.

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
