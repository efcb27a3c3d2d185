"""Does the controller beat random search on real pictures?"""

import json
import math

from experiments import command
from experiments import jobs
from experiments.cifar10 import report
from nas_tf import registry

SEEDS = range(3)
STRATEGIES = {"reinforce": "reinforce", "random": "random_search"}
CHILDREN = 256
# Five times the pictures of a child's training, and augmented.
LONGER = "cifar10(image_size=16, train_examples=10_000, batch_size=64)"
RESNET = "experiments.cifar10.resnet"
EPOCHS = 20
TRIAL_EPOCHS = 5
TOP_K = 5
PAIRS = 2


def stages(folder):
    found = [
        jobs.search(
            folder,
            f"{name}_{seed}",
            flagfile="flags/cifar10_conv_reinforce_small.flags",
            strategy=strategy,
            max_children=CHILDREN,
            seed=seed,
        )
        for seed in SEEDS
        for name, strategy in STRATEGIES.items()
    ]
    yield found
    winners = [
        jobs.training(
            folder,
            search.name,
            architecture=jobs.shown(search.folder),
            task=LONGER,
            epochs=EPOCHS,
            top_k=TOP_K,
            trial_epochs=TRIAL_EPOCHS,
            seed=search.flags["seed"],
        )
        for search in found
    ]
    yield winners
    yield [
        jobs.training(
            folder,
            f"resnet_for_{winner.name}",
            architecture=_resnet_as_large_as(winner),
            space=RESNET,
            task=LONGER,
            epochs=EPOCHS,
            seed=winner.flags["seed"],
        )
        for winner in winners
    ]


def _resnet_as_large_as(winner):
    """Writes the spec of the ResNet nearest in parameters; returns its path."""
    size = winner.read()["parameters"]
    space = registry.make("spaces", RESNET)
    task = registry.make("tasks", LONGER)
    specs = [
        space.decode((width, PAIRS - 1)) for width in range(space.max_width)
    ]
    nearest = min(
        specs,
        key=lambda spec: abs(math.log(space.cost(spec, task).params / size)),
    )
    path = winner.folder.with_name(f"resnet_for_{winner.name}.json")
    path.write_text(json.dumps(nearest.to_json()) + "\n", encoding="utf-8")
    return jobs.shown(path)


if __name__ == "__main__":
    command.run("cifar10", stages, report.write)
