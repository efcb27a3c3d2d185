"""How large a child may be, for every strategy alike."""

import dataclasses

from nas_tf import checks
from nas_tf.seeds import derive_seed

MAX_REDRAWS = 100
OVERSIZE = ("redraw", "penalise")


@dataclasses.dataclass(frozen=True)
class Budget:
    """A limit to the parameters of a child, and what becomes of larger ones.

    Attributes:
        max_params: Largest number of trainable parameters, or None.
        oversize: "redraw" puts a larger one back and draws again, at most
            100 times a batch; "penalise" lets it through, as does the 101st
            draw: it is then a failed trial.
    """

    max_params: int | None = None
    oversize: str = "redraw"

    def __post_init__(self):
        checks.whole(self, "max_params", optional=True)
        checks.one_of(self, "oversize", OVERSIZE)

    def excess(self, space, task, actions):
        """Returns an architecture's parameters if too many, else None."""
        if self.max_params is None:
            return None
        params = space.cost(space.decode(actions), task).params
        return params if params > self.max_params else None

    def draw(self, strategy, space, task, count, length, seed):
        """Draws a batch that keeps to the limit as far as that is asked for.

        Args:
            strategy: The `Strategy`, which draws `count` at a time.
            space: `SearchSpace`.
            task: `Task`.
            count: Architectures wanted.
            length: How many decisions each has.
            seed: Integer; each time a seed of its own is derived from it.

        Returns:
            A list of `count` samples, and how many were put back.
        """
        kept, redrawn = [], 0
        for attempt in range(MAX_REDRAWS + 1):
            samples = strategy.propose(
                count, length, derive_seed(seed, attempt)
            )
            if self.oversize == "penalise" or self.max_params is None:
                return samples, 0
            large = []
            for sample in samples:
                if self.excess(space, task, sample.actions) is not None:
                    large.append(sample)
                    continue
                kept.append(sample)
                if len(kept) == count:
                    return kept, redrawn + len(large)
            redrawn += len(large)
        let_through = large[: count - len(kept)]
        return kept + let_through, redrawn - len(let_through)
