"""Are cells found on small pictures good in larger networks?"""

import math

from experiments import command
from experiments import jobs
from experiments import resnet
from experiments import results
from experiments import searches
from experiments.nasnet import tables
from nas_tf import registry
from nas_tf.runs import flagfile
from nas_tf.runs.directory import RunDirectory
from nas_tf.specs.nasnet import NASNET_A

FLAGFILE = "flags/cifar10_nasnet_ppo_small.flags"
SEEDS = range(3)
CHILDREN = 16
# The strategy of the flagfile, and others on the same space. With so few
# children, evolution needs a small population to begin at all.
STRATEGIES = {
    "ppo": {},
    "random": {"strategy": "random_search"},
    "evolution": {
        "strategy": "regularized_evolution(population=8, sample_size=3)"
    },
}
# The final training has all classes, and pictures of their own size.
TASK = (
    "cifar10(train_examples=2500, valid_examples=1000, batch_size=50, "
    "augment=False, learning_rate=0.05, reward_epochs=1)"
)
EPOCHS = 4
# The parameters of every network there, as nearly as its filters allow.
PARAMETERS = 57_000
SPACE = "nasnet(num_repeats=1, filters={filters})"
MOST_FILTERS = 32
STAGES = 3


def _searches(folder):
    return [
        jobs.search(
            folder,
            f"{name}_{seed}",
            flagfile=FLAGFILE,
            max_children=CHILDREN,
            seed=seed,
            **flags,
        )
        for seed in SEEDS
        for name, flags in STRATEGIES.items()
    ]


def _ranking(folder):
    flags = flagfile.read(jobs.ROOT / FLAGFILE)
    return jobs.benchmark(
        folder,
        "ranking",
        "benchmarks.ranking",
        space=flags["space"],
        task=flags["task"],
        architectures=24,
        longer=2,
    )


def _networks(folder):
    """Returns the trainings of all networks, those of the first seed first."""
    cells = [*_found(folder), *_not_found(folder)]
    trainings = [
        _training(folder, name, place, SPACE.format(filters=_filters(spec)))
        for name, place, spec in cells
    ]
    trainings += _resnets(folder, cells)
    return sorted(trainings, key=lambda job: job.flags["seed"])


def _found(folder):
    """Yields the name, place and spec of the best cells of each search."""
    for search in _searches(folder):
        [best, *_] = RunDirectory(search.folder).best
        yield search.name, jobs.shown(search.folder), _decoded(search, best)


def _not_found(folder):
    """Yields the same of cells that were not chosen by their rewards."""
    for search in searches.by_strategy(_searches(folder))["random"]:
        spec = _decoded(search, results.trials(search)[0])
        name = search.name.replace("random", "first_drawn")
        yield name, _written(folder, name, spec), spec
    for seed in SEEDS:
        yield f"nasnet_a_{seed}", "nasnet_a_cifar", NASNET_A


def _resnets(folder, cells):
    """Yields the trainings of networks as large as those of the cells."""
    task = registry.make("tasks", TASK)
    specs = {name: spec for name, _, spec in cells}
    for seed in SEEDS:
        adds = _cost(specs[f"ppo_{seed}"], task).multiply_adds
        for name, size, what in (
            ("resnet", PARAMETERS, "params"),
            ("resnet_of_equal_adds", adds, "multiply_adds"),
        ):
            spec = resnet.nearest(size, task, stages=STAGES, what=what)
            name = f"{name}_{seed}"
            place = _written(folder, name, spec)
            space = f"experiments.resnet(stages={STAGES})"
            yield _training(folder, name, place, space)


def _decoded(search, trial):
    space = RunDirectory(search.folder).make("space")
    return space.decode(trial.proposal.actions)


def _written(folder, name, spec):
    return jobs.write_spec(folder / "trained" / f"{name}.json", spec)


def _training(folder, name, architecture, space):
    return jobs.training(
        folder,
        name,
        architecture=architecture,
        space=space,
        task=TASK,
        epochs=EPOCHS,
        seed=int(name.rsplit("_", 1)[1]),
    )


def _cost(spec, task, filters=None):
    filters = filters or _filters(spec)
    space = registry.make("spaces", SPACE.format(filters=filters))
    return space.cost(spec, task)


def _filters(spec):
    """Returns the filters with which cells have the wanted parameters."""
    task = registry.make("tasks", TASK)

    def distance(filters):
        return abs(math.log(_cost(spec, task, filters).params / PARAMETERS))

    return min(range(1, MOST_FILTERS + 1), key=distance)


def stages(folder):
    yield [*_searches(folder), _ranking(folder)]
    yield _networks(folder)


def report(folder):
    tables.write(folder, _searches(folder), _networks(folder), _ranking(folder))


if __name__ == "__main__":
    command.run("nasnet", stages, report)
