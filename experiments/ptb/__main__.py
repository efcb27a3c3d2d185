"""LSTM, NASCell and cells of our own search on Penn Treebank."""

from experiments import command
from experiments import jobs
from experiments.ptb import tables
from nas_tf import registry

SEEDS = range(3)
STRATEGIES = {"reinforce": "reinforce", "random": "random_search"}
CHILDREN = 64
CELLS = ("lstm", "nascell", "own")
TASK = (
    "ptb(train_tokens=200_000, epochs=5, steps=20, learning_rate=0.5, decay=2, "
    "decay_after=3)"
)
SIZE = "params=1_000_000, num_layers=2, init_range=0.3"
OWN_SPACE = f"tree(base=4, {SIZE})"
NASCELL_SPACE = f"tree({SIZE})"
KERAS_SPACE = f"experiments.ptb.keras_cells({SIZE})"
EPOCHS = 5
TRIAL_EPOCHS = 2
TOP_K = 3
# In these cells differ most as to how they are best trained.
GRID = "grid(learning_rate=(0.5, 1.0), init_range=(0.1, 0.3))"


def _searches(folder):
    return [
        jobs.search(
            folder,
            f"{name}_{seed}",
            flagfile="flags/ptb_tree_reinforce_small.flags",
            strategy=strategy,
            max_children=CHILDREN,
            seed=seed,
        )
        for seed in SEEDS
        for name, strategy in STRATEGIES.items()
    ]


def _winners(folder):
    return [
        jobs.training(
            folder,
            search.name,
            architecture=jobs.shown(search.folder),
            space=OWN_SPACE,
            task=TASK,
            epochs=EPOCHS,
            top_k=TOP_K,
            trial_epochs=TRIAL_EPOCHS,
            seed=search.flags["seed"],
        )
        for search in _searches(folder)
    ]


def _cells(folder):
    return [
        jobs.training(
            folder,
            f"{cell}_{seed}",
            **_architecture(cell, folder),
            task=TASK,
            epochs=EPOCHS,
            grid=GRID,
            trial_epochs=TRIAL_EPOCHS,
            seed=seed,
        )
        for seed in SEEDS
        for cell in CELLS
    ]


def _architecture(cell, folder):
    """Returns the flags that say what a cell is and what builds it."""
    if cell == "nascell":
        return {"architecture": cell, "space": NASCELL_SPACE}
    if cell == "own":
        # Validation chooses; test perplexities decide nothing.
        best = min(_winners(folder), key=tables.validation)
        spec = best.folder / "model" / "spec.json"
        return {"architecture": jobs.shown(spec), "space": OWN_SPACE}
    space = registry.make("spaces", KERAS_SPACE)
    [decision] = space.decisions
    spec = space.decode((decision.labels.index(cell),))
    path = jobs.write_spec(folder / "trained" / f"{cell}.json", spec)
    return {"architecture": path, "space": KERAS_SPACE}


def stages(folder):
    yield _searches(folder)
    yield _winners(folder)
    yield _cells(folder)


def report(folder):
    tables.write(folder, _searches(folder), _winners(folder), _cells(folder))


if __name__ == "__main__":
    command.run("ptb", stages, report)
