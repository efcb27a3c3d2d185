"""A task whose children train for real, unless their seed says otherwise."""

import dataclasses

import numpy as np

from nas_tf.seeds import derive_seed
from nas_tf.tasks.image_classification import ImageClassification
from tests import toy

FAULTS = (
    "exception",
    "exit",
    "nan",
    "hang",
    "hang_native",
    "allocate",
    "exhaust",
    "kill",
)


def fault(seed, faults=FAULTS):
    """Returns the fault of a child with this seed, None for half of them."""
    number = derive_seed(seed, "fault") % (2 * len(faults))
    return faults[number] if number < len(faults) else None


@dataclasses.dataclass(frozen=True)
class FaultyTask(ImageClassification):
    """Ten pictures of noise.

    Attributes:
        faults: What half of the children do, by their seeds.
    """

    epochs: int = 1
    batch_size: int = 5
    augment: bool = False
    faults: tuple = FAULTS

    num_outputs = 2

    def read(self, split):
        rng = np.random.default_rng(0)
        images = rng.integers(0, 256, (10, 4, 4, 1), np.uint8)
        return images, np.arange(10) % 2

    def fit(self, model, seed, *args, **kwargs):
        name = fault(seed, self.faults)
        if name == "nan":
            for variable in model.trainable_variables:
                variable.assign(np.full(variable.shape, np.nan))
        elif name is not None:
            _DO[name]()
        return super().fit(model, seed, *args, **kwargs)


def _exception():
    raise ValueError("a child's own mistake")


def _exhaust():
    import tensorflow as tf

    tf.zeros((2**20, 2**30)) + 1.0


_DO = {**toy.MISDEEDS, "exception": _exception, "exhaust": _exhaust}

make = FaultyTask
