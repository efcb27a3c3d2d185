"""Rows of actions as arrays, for the states of strategies that keep them."""

import numpy as np

# No action is negative.
_NOTHING = -1


def pack(rows):
    """Returns `[N, T]` int64: tuples of actions, the shorter ones filled up.

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
    """Returns the list of tuples that `pack` was given."""
    if not (packed == _NOTHING).any():
        return list(map(tuple, packed.tolist()))
    return [
        tuple(action for action in row if action != _NOTHING)
        for row in packed.tolist()
    ]


def random_rows(decisions, count, rng):
    """Returns `count` tuples of uniformly drawn answers to each decision.

    They are what the decisions' own `random` would draw one after the other.
    """
    sizes = np.array([d.num_actions for d in decisions], np.int64)
    drawn = rng.integers(sizes, size=(count, len(sizes)))
    return list(map(tuple, drawn.tolist()))
