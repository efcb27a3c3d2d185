"""The device makes the pictures of the batches that NumPy makes."""

import dataclasses

import numpy as np
import pytest

from nas_tf.tasks.image_classification import ImageClassification
from tests.backends import array


@dataclasses.dataclass(frozen=True)
class Noise(ImageClassification):
    batch_size: int = 4
    num_outputs = 3

    def read(self, split):
        rng = np.random.default_rng(1)
        images = rng.integers(0, 256, (10, 8, 12, 3), np.uint8)
        # A picture of one colour has no variance.
        images[0] = 7
        return images, rng.integers(0, 3, 10)


class Own(Noise):
    def chosen(self, split, rows, rng):
        return super().chosen(split, rows[::-1], rng)


@pytest.mark.parametrize(
    "options",
    [
        {"augment": False},
        {"cutout": 3},
        {"crop_scale": 0.3, "cutout": 4},
        {"batch_size": 100},
    ],
)
def test_batches_are_those_of_numpy(options):
    task = Noise(**options)
    data = task.resident(seed=5)
    for epoch in (0, 1):
        wanted = list(task.batches("train", 5, epoch))
        plans = list(data.plans(epoch))
        assert len(plans) == len(wanted) == max(1, 10 // task.batch_size)
        for plan, (images, labels) in zip(plans, wanted):
            found = data.batch(data.arrays, plan)
            np.testing.assert_allclose(array(found[0]), images, atol=1e-5)
            np.testing.assert_array_equal(array(found[1]), labels)


def test_what_a_subclass_does_itself_is_not_left_out():
    assert Own().resident(seed=5) is None
