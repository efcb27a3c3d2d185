"""Does the controller beat random search on real images?"""

from benchmarks import common
from experiments import command
from experiments import jobs
from experiments import resnet
from experiments import searches
from experiments.cifar10 import settings
from experiments.cifar10 import tables
from nas_tf import registry

SEEDS = range(3)
STRATEGIES = {"reinforce": searches.PLAIN, "random": "random_search"}
TRIAL_EPOCHS = 4
TOP_K = 3


def _searches(folder):
    return [
        jobs.search(
            folder,
            f"{name}_{seed}",
            flagfile="flags/cifar10_conv_reinforce_small.flags",
            strategy=strategy,
            max_children=tables.CHILDREN,
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
            task=settings.TASK,
            epochs=settings.EPOCHS,
            top_k=TOP_K,
            trial_epochs=TRIAL_EPOCHS,
            seed=search.flags["seed"],
        )
        for search in _searches(folder)
    ]


def _resnets(folder):
    return [
        jobs.training(
            folder,
            f"resnet_for_{winner.name}",
            architecture=_resnet_as_large_as(winner),
            space="experiments.resnet",
            task=settings.TASK,
            epochs=settings.EPOCHS,
            seed=winner.flags["seed"],
        )
        for winner in _winners(folder)
    ]


def _ranking(folder):
    return jobs.benchmark(
        folder,
        "ranking",
        "benchmarks.ranking",
        space=common.SMALL_CIFAR10_SPACE,
        task=common.SMALL_CIFAR10_TASK,
        architectures=24,
        longer=6,
    )


def stages(folder):
    yield _searches(folder)
    yield [*_winners(folder), _ranking(folder)]
    yield _resnets(folder)


def report(folder):
    tables.write(
        folder,
        _searches(folder),
        _winners(folder),
        _resnets(folder),
        _ranking(folder),
    )


def _resnet_as_large_as(winner):
    """Writes the spec of the ResNet with the closest size; returns its path."""
    task = registry.make("tasks", settings.TASK)
    spec = resnet.nearest(winner.read()["parameters"], task)
    name = f"resnet_for_{winner.name}.json"
    return jobs.write_spec(winner.folder.with_name(name), spec)


if __name__ == "__main__":
    command.run("cifar10", stages, report)
