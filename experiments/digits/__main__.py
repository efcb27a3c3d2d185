"""Does the quickstart's controller learn, and random search not?"""

from experiments import command
from experiments import jobs
from experiments import pages
from experiments import plots
from experiments import searches

SEEDS = range(5)
STRATEGIES = {"reinforce": searches.PLAIN, "random": "random_search"}
CHILDREN = 96
WINDOW = 16


def _searches(folder):
    return [
        jobs.search(
            folder,
            f"{name}_{seed}",
            flagfile="flags/digits_conv_reinforce.flags",
            strategy=strategy,
            max_children=CHILDREN,
            seed=seed,
        )
        for name, strategy in STRATEGIES.items()
        for seed in SEEDS
    ]


def stages(folder):
    yield _searches(folder)


def report(folder):
    groups = searches.by_strategy(_searches(folder))
    plots.draw_searches(searches.stacked(groups), folder / "curves.png", WINDOW)
    text = searches.table(groups) + "\n\n" + searches.comparison(groups)
    pages.fill(folder / "README.md", "results", text)


if __name__ == "__main__":
    command.run("digits", stages, report)
