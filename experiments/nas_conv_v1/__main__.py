"""The published network and its skip connections, scaled down."""

import dataclasses

from experiments import command
from experiments import jobs
from experiments import resnet
from experiments.nas_conv_v1 import tables
from nas_tf import registry
from nas_tf.applications.nas_conv_net import V1

SEEDS = range(3)
TASK = (
    "cifar10(image_size=16, train_examples=2500, valid_examples=1000, "
    "batch_size=64)"
)
EPOCHS = 8
LARGER_TASK = (
    "cifar10(image_size=16, train_examples=6000, valid_examples=1000, "
    "batch_size=64)"
)
LARGER_EPOCHS = 5
# Subfolder with a second run of the ablation whose results are rounded
# differently, made with TF_ENABLE_ONEDNN_OPTS=0 and --only='*_?'.
AGAIN = "without_onednn"


def as_found(number, inputs):
    """Returns the layers that a layer reads: the published ones."""
    return inputs


def none(number, inputs):
    """Returns the layers that a layer reads: only the one before it."""
    return (number - 1,)


def all_layers(number, inputs):
    """Returns the layers that a layer reads: all before it, or the image."""
    return tuple(range(1, number)) or (0,)


# The divisor of the numbers of filters, and the skip connections. Without skip
# connections a layer has fewer parameters; "none_wider" has enough filters for
# as many parameters as "as_found".
VARIANTS = {
    "as_found": (6, as_found),
    "all": (6, all_layers),
    "none": (6, none),
    "none_wider": (2.65, none),
}


def scaled(divisor, skips=as_found):
    """Returns the spec of the published network with fewer filters.

    Args:
        divisor: Number that the numbers of filters are divided by.
        skips: Function of a layer's number and its published inputs.
    """
    layers = tuple(
        dataclasses.replace(
            layer,
            filters=round(layer.filters / divisor),
            inputs=skips(number, layer.inputs),
        )
        for number, layer in enumerate(V1.layers, 1)
    )
    return dataclasses.replace(V1, layers=layers)


def _ablation(folder):
    return [
        jobs.training(
            folder,
            f"{name}_{seed}",
            architecture=jobs.write_spec(
                folder / "trained" / f"{name}.json", scaled(divisor, skips)
            ),
            space="conv",
            task=TASK,
            epochs=EPOCHS,
            seed=seed,
        )
        for seed in SEEDS
        for name, (divisor, skips) in VARIANTS.items()
    ]


def _larger(folder):
    third = scaled(3)
    task = registry.make("tasks", LARGER_TASK)
    size = registry.make("spaces", "conv").cost(third, task).params
    networks = {
        "third": ("conv", third),
        "resnet": ("experiments.resnet", resnet.nearest(size, task)),
    }
    return [
        jobs.training(
            folder,
            name,
            architecture=jobs.write_spec(
                folder / "trained" / f"{name}.json", spec
            ),
            space=space,
            task=LARGER_TASK,
            epochs=LARGER_EPOCHS,
        )
        for name, (space, spec) in networks.items()
    ]


def stages(folder):
    yield [*_larger(folder), *_ablation(folder)]


def report(folder):
    again = folder / AGAIN
    tables.write(
        folder,
        _ablation(folder),
        _larger(folder),
        _ablation(again) if again.is_dir() else None,
    )


if __name__ == "__main__":
    command.run("nas_conv_v1", stages, report)
