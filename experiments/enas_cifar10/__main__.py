"""Are networks found by shared weights better than a hand-made network?"""

from experiments import command
from experiments import jobs
from experiments import resnet
from experiments import results
from experiments.cifar10 import settings
from experiments.enas_cifar10 import tables
from nas_tf import registry
from nas_tf.runs import flagfile
from nas_tf.runs.directory import RunDirectory

SEEDS = range(3)
SPACES = ("micro", "macro")
FLAGFILE = "flags/cifar10_enas_{}_small.flags"


def _search(folder, space, seed):
    file = FLAGFILE.format(space)
    return jobs.shared_search(
        folder,
        f"{space}_{seed}",
        flagfile=file,
        max_children=int(flagfile.read(jobs.ROOT / file)["max_children"]),
        seed=seed,
    )


def _networks(folder, search):
    """Yields the trainings that belong to a search, once it is finished."""
    if search.share_done() < 1:
        return
    run = RunDirectory(search.folder)
    space = run.make("space")
    drawn = space.decode(results.trials(search)[0].proposal.actions)
    yield _training(folder, search, "", jobs.shown(search.folder))
    yield _training(
        folder,
        search,
        "drawn",
        _written(folder, search, "drawn", drawn),
        run.call("space"),
    )
    task = registry.make("tasks", settings.TASK)
    cost = space.cost(space.decode(run.best[0].proposal.actions), task)
    for name, what in tables.EQUAL.items():
        spec = resnet.nearest(getattr(cost, what), task, what=what)
        place = _written(folder, search, name, spec)
        yield _training(folder, search, name, place, "experiments.resnet")


def _training(folder, search, name, architecture, space=None):
    flags = {} if space is None else {"space": space}
    return jobs.training(
        folder,
        _named(search, name),
        architecture=architecture,
        task=settings.TASK,
        epochs=settings.EPOCHS,
        seed=search.flags["seed"],
        **flags,
    )


def _written(folder, search, name, spec):
    path = folder / "trained" / f"{_named(search, name)}.json"
    return jobs.write_spec(path, spec)


def _named(search, name):
    """Returns "micro_drawn_0" for a drawn network beside the search micro_0."""
    space, seed = search.name.rsplit("_", 1)
    return "_".join(filter(None, (space, name, seed)))


def stages(folder):
    # All of a seed first, so that there is soon one of each.
    for seed in SEEDS:
        found = [_search(folder, space, seed) for space in SPACES]
        yield found
        yield [job for search in found for job in _networks(folder, search)]


def report(folder):
    found = [_search(folder, space, seed) for seed in SEEDS for space in SPACES]
    trained = [job for search in found for job in _networks(folder, search)]
    tables.write(folder, found, trained)


if __name__ == "__main__":
    command.run("enas_cifar10", stages, report, partly=True)
