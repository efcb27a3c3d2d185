"""LSTM, NASCell and cells of our own search on Penn Treebank."""

from experiments import command
from experiments import jobs
from experiments import results
from experiments import searches
from experiments.ptb import tables
from nas_tf import registry

SEEDS = range(3)
STRATEGIES = ("reinforce", "random")
CHILDREN = 128
# The words of the searches, so that most parameters are not the words'.
TASK = (
    "ptb(max_words=2000, train_tokens=200_000, valid_tokens=14_000, epochs=5, "
    "steps=20, decay=2, decay_after=3)"
)
SIZE = "params=500_000, num_layers=2"
OWN_SPACE = f"tree(base=4, {SIZE})"
NASCELL_SPACE = f"tree({SIZE})"
KERAS_SPACE = f"experiments.ptb.keras_cells({SIZE})"
EPOCHS = 5
TRIAL_EPOCHS = 2
# In these cells differ most as to how they are best trained.
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
    """Returns trainings of two known cells and of what searches found.

    A strategy's cell is the best of all its searches; a name's number is the
    seed of a training.
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
            ("lstm", _lstm(folder)),
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


def _lstm(folder):
    space = registry.make("spaces", KERAS_SPACE)
    spec = space.decode((0,))
    path = jobs.write_spec(folder / "trained" / "lstm.json", spec)
    return {"architecture": path, "space": KERAS_SPACE}


def stages(folder):
    yield _searches(folder)
    yield _cells(folder)


def report(folder):
    tables.write(folder, _searches(folder), _cells(folder))


if __name__ == "__main__":
    command.run("ptb", stages, report)
