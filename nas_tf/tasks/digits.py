"""Handwritten digits: 1,797 real 8x8 pictures that come with scikit-learn.

The task of the quickstart: there is no download, reading takes a second, and
networks differ enough in accuracy to search among them. Origin: E. Alpaydin,
C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning
Repository, 1998.
"""

import dataclasses

import numpy as np

from nas_tf.seeds import generator
from nas_tf.tasks.image_classification import ImageClassification

NUM_TEST = 297
NUM_VALID = 600


@dataclasses.dataclass(frozen=True)
class Digits(ImageClassification):
    """900 training, 600 validation and 297 test pictures."""

    epochs: int = 5
    batch_size: int = 32
    learning_rate: float = 0.1
    augment: bool = False

    class_names = tuple("0123456789")

    @property
    def num_outputs(self):
        return len(self.class_names)

    def read(self, split):
        from sklearn.datasets import load_digits

        data = load_digits()
        order = generator(self.split_seed, "digits").permutation(
            len(data.target)
        )
        parts = {
            "test": order[:NUM_TEST],
            "valid": order[NUM_TEST : NUM_TEST + NUM_VALID],
            "train": order[NUM_TEST + NUM_VALID :],
        }
        chosen = parts[split]
        images = data.images[chosen, :, :, None].astype(np.uint8)
        return images, data.target[chosen].astype(np.int32)


make = Digits
