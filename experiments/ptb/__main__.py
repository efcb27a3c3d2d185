"""LSTM, NASCell and cells found by our own search on Penn Treebank."""

from experiments import command
from experiments import jobs
from experiments import results
from experiments import searches
from experiments.ptb import settings
from experiments.ptb import tables

SEEDS = range(3)
STRATEGIES = ("reinforce", "random")
CHILDREN = 128


def _searches(folder):
    return [
        jobs.search(
            folder,
            f"{name}_{seed}",
            flagfile=f"flags/ptb_tree_{name}_small.flags",
            max_children=CHILDREN,
            seed=seed,
        )
        for seed in SEEDS
        for name in STRATEGIES
    ]


def _cells(folder):
    """Returns trainings of LSTM, NASCell and the cells found by searches.

    A strategy's cell is the best of all its searches. The number in a name is
    the seed of the training.
    """
    best = {
        name: jobs.shown(max(group, key=_best_reward).folder)
        for name, group in searches.by_strategy(_searches(folder)).items()
    }
    return [
        settings.training(folder, cell, seed, architecture, space)
        for seed in SEEDS
        for cell, architecture, space in (
            ("lstm", "lstm", settings.LSTM_SPACE),
            ("nascell", "nascell", settings.NASCELL_SPACE),
            *((name, best[name], settings.OWN_SPACE) for name in STRATEGIES),
        )
    ]


def _best_reward(job):
    return results.rewards(job).max()


def stages(folder):
    yield _searches(folder)
    yield _cells(folder)


def report(folder):
    tables.write(folder, _searches(folder), _cells(folder))


if __name__ == "__main__":
    command.run("ptb", stages, report)
