"""Rows of actions as arrays, for strategies whose state contains them."""

import numpy as np

# Fills up short rows; actions are never negative.
_NOTHING = -1


def pack(rows):
    """Returns tuples of actions as `[N, T]` int64, with short ones filled up.

    Args:
        rows: Sequence of N tuples of at most T actions.
    """
    width = max(map(len, rows), default=0)
    if all(len(row) == width for row in rows):
        return np.array(rows, np.int64).reshape(len(rows), width)
    packed = np.full((len(rows), width), _NOTHING, np.int64)
    for line, row in zip(packed, rows):
        line[: len(row)] = row
    return packed


def unpack(packed):
    """Returns the list of tuples from an array that `pack` returned."""
    if not (packed == _NOTHING).any():
        return list(map(tuple, packed.tolist()))
    return [
        tuple(action for action in row if action != _NOTHING)
        for row in packed.tolist()
    ]


def random_rows(decisions, count, rng):
    """Returns `count` random tuples of actions, uniform over all choices.

    They are the same as if each decision's `random` were called in turn.
    """
    sizes = np.array([d.num_actions for d in decisions], np.int64)
    drawn = rng.integers(sizes, size=(count, len(sizes)))
    return list(map(tuple, drawn.tolist()))
