"""LSTM, NASCell and cells found by our own search on Penn Treebank."""

from experiments import command
from experiments import jobs
from experiments import results
from experiments import searches
from experiments.ptb import tables

SEEDS = range(3)
STRATEGIES = ("reinforce", "random")
CHILDREN = 128
# The vocabulary of the searches: with a larger one, most parameters would be in
# the embeddings.
TASK = (
    "ptb(max_words=2000, train_tokens=200_000, valid_tokens=14_000, epochs=5, "
    "steps=20, decay=2, decay_after=3)"
)
SKELETON = "language_model(params=500_000, num_layers=2)"
OWN_SPACE = f"tree(base=4, skeleton={SKELETON!r})"
NASCELL_SPACE = f"tree(skeleton={SKELETON!r})"
LSTM_SPACE = f"recurrent(skeleton={SKELETON!r})"
EPOCHS = 5
TRIAL_EPOCHS = 2
# The options in which the best recipes of different cells differ most.
GRID = "grid(learning_rate=(0.5, 1.0), init_range=(0.1, 0.3))"


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
    found = searches.by_strategy(_searches(folder))
    return [
        jobs.training(
            folder,
            f"{cell}_{seed}",
            **flags,
            task=TASK,
            epochs=EPOCHS,
            grid=GRID,
            trial_epochs=TRIAL_EPOCHS,
            seed=seed,
        )
        for seed in SEEDS
        for cell, flags in (
            ("lstm", {"architecture": "lstm", "space": LSTM_SPACE}),
            ("nascell", {"architecture": "nascell", "space": NASCELL_SPACE}),
            *(
                (
                    name,
                    {
                        "architecture": jobs.shown(
                            max(found[name], key=_best_reward).folder
                        ),
                        "space": OWN_SPACE,
                    },
                )
                for name in STRATEGIES
            ),
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
