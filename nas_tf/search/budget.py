"""A limit on the size of children, the same for every strategy."""

import dataclasses

from nas_tf import checks
from nas_tf.errors import UsageError
from nas_tf.seeds import derive_seed

MAX_REDRAWS = 100
# Draws in a row without an architecture that has not been drawn for the batch.
# After them a strategy is taken to have no others.
MOST_IDLE = 10
OVERSIZE = ("redraw", "penalise")


@dataclasses.dataclass(frozen=True)
class Budget:
    """A limit on a child's parameters, and what happens to larger children.

    Attributes:
        max_params: Largest number of trainable parameters, or None (default)
            for any. A child whose number cannot be computed, because it cannot
            be built, is evaluated as without a limit.
        oversize: "redraw" (default) discards a larger architecture and draws
            again, at most 100 times per batch. "penalise" keeps it, and it
            becomes a failed trial. The same happens to what is still too large
            after 100 redraws.

    Raises:
        UsageError: For other values.
    """

    max_params: int | None = None
    oversize: str = "redraw"

    def __post_init__(self):
        checks.whole(self, "max_params", optional=True)
        checks.one_of(self, "oversize", OVERSIZE)

    def excess(self, space, task, actions):
        """Returns an architecture's number of parameters if it is too large.

        Returns:
            Integer, or None if the architecture keeps to the limit or its size
            cannot be computed.
        """
        if self.max_params is None:
            return None
        try:
            params = space.cost(space.decode(actions), task).params
        except Exception:
            # It cannot be built, for instance. That is its own failure, and the
            # evaluator says what is wrong with it.
            return None
        return params if params > self.max_params else None

    def draw(self, strategy, space, task, count, length, seed, learned=False):
        """Draws a batch, as described by `oversize`.

        Args:
            strategy: The `Strategy`, which draws `count` samples at a time. If
                it is `distinct`, no draw adds what an earlier one has added, as
                long as there are others.
            space: `SearchSpace`.
            task: `Task`.
            count: Number of architectures wanted.
            length: Number of decisions of each.
            seed: Integer. The seed of each draw is derived from it.
            learned: Whether to draw by `Strategy.sample` instead of
                `Strategy.propose`. Default: False.

        Returns:
            A pair: a list of `count` samples, and the number of samples that
            were discarded.
        """
        draw = strategy.sample if learned else strategy.propose
        # Each draw knows nothing of those before, which a strategy that
        # proposes nothing twice could not have meant.
        differ = strategy.distinct and not learned
        kept, keys, repeats = [], set(), []
        known = {}  # key -> parameters if they are too many
        redrawn = idle = 0
        for attempt in range(MAX_REDRAWS + 1):
            samples = draw(count, length, derive_seed(seed, attempt))
            if self.oversize == "penalise" or self.max_params is None:
                return samples, 0
            large, earlier, idle = [], set(keys), idle + 1
            for sample in samples:
                key = _key(space, sample.actions)
                if differ and key in earlier:
                    repeats.append(sample)
                    continue
                if key not in known:
                    known[key] = self.excess(space, task, sample.actions)
                    idle = 0
                if known[key] is not None:
                    large.append(sample)
                    continue
                kept.append(sample)
                keys.add(key)
                if len(kept) == count:
                    return kept, redrawn + len(large)
            redrawn += len(large)
            if repeats and idle == MOST_IDLE:
                break
        # A repeat would be trained again, and teach nothing.
        let_through = large[: count - len(kept)]
        kept += let_through
        kept += repeats[: count - len(kept)]
        return kept, redrawn - len(let_through)


def _key(space, actions):
    """Returns the key of an architecture, the actions of one without a spec."""
    try:
        return space.key(actions)
    except UsageError:
        return actions
