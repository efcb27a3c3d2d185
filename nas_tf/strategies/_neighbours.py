"""Architectures that differ from a given one by a single step."""

import numpy as np

from nas_tf.decisions import Subset


def others(decision, action):
    """Returns the actions one step away from an action, as a list.

    They are all others, or for a `Subset` those that differ in one bit.
    """
    if isinstance(decision, Subset):
        return [action ^ (1 << bit) for bit in range(decision.size)]
    return [a for a in range(decision.num_actions) if a != action]


class Neighbours:
    """The neighbours of a space's architectures.

    Only decisions that affect an architecture are changed. Rows that differ
    elsewhere alone describe the same architecture and have the same `key`.

    Args:
        space: `SearchSpace`.
    """

    def __init__(self, space):
        self._space = space
        self._decisions = space.decisions
        self._has_choice = [d.num_actions > 1 for d in self._decisions]
        # Where a space keeps the base class's `active`, all decisions have
        # effects. A row is its own key then, which is worth knowing without
        # asking for each.
        active = type(space).active.__qualname__
        self._all_active = active == "SearchSpace.active"

    def mask(self, rows):
        """Returns `[N, T]` booleans: whether each decision has an effect.

        Args:
            rows: List of N rows of T actions.
        """
        if self._all_active:
            return np.ones((len(rows), len(rows[0])), bool)
        return np.array([self._space.active(row) for row in rows])

    def key(self, row):
        """Returns the row with 0 for every decision without effect."""
        if self._all_active:
            return row
        active = self._space.active(row).tolist()
        return tuple(a if on else 0 for a, on in zip(row, active))

    def of(self, row):
        """Yields all neighbours of a row."""
        for at in self._places(row):
            for action in others(self._decisions[at], row[at]):
                yield row[:at] + (action,) + row[at + 1 :]

    def one_of(self, row, rng):
        """Returns a random neighbour, or the row itself if it has none."""
        places = self._places(row)
        if not places:
            return row
        at = places[int(rng.random() * len(places))]
        action = self._decisions[at].mutate(row[at], rng)
        return row[:at] + (action,) + row[at + 1 :]

    def _places(self, row):
        """Returns where a row may be changed, a list of positions."""
        return [
            at
            for at, active in enumerate(self._space.active(row).tolist())
            if active and self._has_choice[at]
        ]
