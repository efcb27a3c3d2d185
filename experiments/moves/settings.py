"""The searches that are made with moves, and those they are compared with."""

import dataclasses

from experiments import jobs


@dataclasses.dataclass(frozen=True)
class Comparison:
    """A search of another experiment, made again with moves.

    Attributes:
        name: Name of that experiment, which has searches without moves and
            random ones.
        flagfile: Name of the flagfile of its searches.
        strategy: Call string of its strategy with moves.
        children: Number of children of a search.
        seeds: Seeds of the searches.
    """

    name: str
    flagfile: str
    strategy: str
    children: int
    seeds: range

    def search(self, folder, seed):
        """Returns the `Search` with moves.

        Args:
            folder: `pathlib.Path` of this experiment.
            seed: Seed of the search.
        """
        return jobs.search(
            folder,
            f"{self.name}_{seed}",
            flagfile=f"flags/{self.flagfile}.flags",
            strategy=self.strategy,
            max_children=self.children,
            seed=seed,
        )

    def published(self, strategy, seed):
        """Returns a search of the other experiment, which is finished.

        Args:
            strategy: "reinforce", by samples alone, or "random".
            seed: Seed of the search.
        """
        folder = jobs.ROOT / "experiments" / self.name
        return jobs.search(folder, f"{strategy}_{seed}", seed=seed)


COMPARISONS = (
    Comparison("digits", "digits_conv_reinforce", "reinforce", 96, range(5)),
    Comparison(
        "ptb",
        "ptb_tree_reinforce_small",
        # The rates of its flagfile.
        "reinforce(learning_rate=0.05, entropy_weight=0.03)",
        128,
        range(3),
    ),
    Comparison(
        "cifar10",
        "cifar10_conv_reinforce_small",
        "reinforce",
        256,
        range(3),
    ),
)
# All seeds, of which some comparisons have the first alone.
SEEDS = max((comparison.seeds for comparison in COMPARISONS), key=len)
