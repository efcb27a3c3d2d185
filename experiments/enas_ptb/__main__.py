"""Is a recurrent cell found by shared weights better than an LSTM?"""

from experiments import command
from experiments import jobs
from experiments import results
from experiments import searches
from experiments.enas_ptb import tables
from experiments.ptb import settings
from nas_tf import registry
from nas_tf.runs import flagfile

SEEDS = range(3)
FLAGFILE = "flags/ptb_enas_recurrent_small.flags"
STRATEGIES = {"reinforce": searches.WITHIN_BATCH, "random": "random_search"}
# An ENAS cell in such a model has 367,562 multiply-adds a word, and this LSTM
# 365,418.
LSTM_SPACE = "recurrent(skeleton='language_model(units=101, num_layers=2)')"
SPACE = f"enas_recurrent(num_nodes=12, skeleton={settings.SKELETON!r})"
# Which of a search's best cells is the best is found by short trainings, with
# the recipe that these cells choose most.
TOP = {
    "top_k": 5,
    "space": SPACE.replace("num_layers=2", "num_layers=2, init_range=0.3"),
    "task": settings.TASK.replace("steps=20", "steps=20, learning_rate=1.0"),
}


def _searches(folder, seed):
    judgements = int(flagfile.read(jobs.ROOT / FLAGFILE)["max_children"])
    return [
        jobs.shared_search(
            folder,
            f"{name}_{seed}",
            flagfile=FLAGFILE,
            strategy=strategy,
            max_children=judgements,
            seed=seed,
        )
        for name, strategy in STRATEGIES.items()
    ]


def _cells(folder, seed):
    """Yields the trainings with a seed, once its searches are finished."""
    found, at_random = _searches(folder, seed)
    if found.share_done() < 1 or at_random.share_done() < 1:
        return
    for cell, architecture in (
        ("reinforce", jobs.shown(found.folder)),
        ("random", jobs.shown(at_random.folder)),
        ("first_drawn", _first_drawn(folder, at_random)),
        ("published", "enas_cell"),
    ):
        yield _training(folder, cell, seed, architecture, SPACE)
    # The LSTM of experiments.ptb has as many parameters.
    cell = "lstm_of_equal_adds"
    yield _training(folder, cell, seed, "lstm", LSTM_SPACE)


def _retrained(folder, seed):
    """Yields trainings of the best of five cells, once there are searches."""
    for search in _searches(folder, seed):
        if search.share_done() == 1:
            cell = search.name.rsplit("_", 1)[0] + tables.TOP
            place = jobs.shown(search.folder)
            yield _training(folder, cell, seed, place, **TOP)


def _training(folder, cell, seed, architecture, space, **flags):
    # A cell of 12 nodes takes long.
    return settings.training(
        folder, cell, seed, architecture, space, settings.HALF, **flags
    )


def _first_drawn(folder, search):
    """Returns the place of the spec of a search's first random cell."""
    space = registry.make("spaces", search.flags_of_run()["space"])
    spec = space.decode(results.trials(search)[0].proposal.actions)
    name = search.name.replace("random", "first_drawn")
    return jobs.write_spec(folder / "trained" / f"{name}.json", spec)


def _references():
    """Returns the trainings of LSTM and NASCell of experiments.ptb."""
    folder = jobs.ROOT / "experiments" / "ptb"
    return [
        settings.training(folder, cell, seed, cell, space)
        for cell, space in (
            ("lstm", settings.LSTM_SPACE),
            ("nascell", settings.NASCELL_SPACE),
        )
        for seed in SEEDS
    ]


def stages(folder):
    yield [job for seed in SEEDS for job in _searches(folder, seed)]
    # All of a seed first, so that there is soon one of each.
    yield [
        job
        for seed in SEEDS
        for job in (*_cells(folder, seed), *_retrained(folder, seed))
    ]


def report(folder):
    found = [job for seed in SEEDS for job in _searches(folder, seed)]
    cells = [
        job
        for kind in (_cells, _retrained)
        for seed in SEEDS
        for job in kind(folder, seed)
    ]
    tables.write(folder, found, cells, _references())


if __name__ == "__main__":
    command.run("enas_ptb", stages, report, partly=True)
