"""Your own pictures as an array of uint8; see `arrays.from_data`."""

import dataclasses

from nas_tf.errors import UsageError
from nas_tf.tasks import _stored
from nas_tf.tasks.array_classification import CLASSES
from nas_tf.tasks.image_classification import ImageClassification
from nas_tf.tasks.image_classification import Rows


@dataclasses.dataclass(frozen=True)
class PictureArrays(_stored.StoredTask, ImageClassification):
    """Pictures that `arrays.from_data` has stored, whitened as all pictures.

    Attributes:
        epochs: Passes over the training pictures. Default: 10.
        augment: See `ImageClassification`. Default: False, since not every
            object may be mirrored.

    The other options are those of `StoredTask` and `ImageClassification`.
    """

    epochs: int = 10
    batch_size: int = 32
    augment: bool = False

    def __post_init__(self):
        super().__post_init__()
        plain = not self.label_smoothing and not self.auxiliary_weight
        if not plain and not self._is_plain:
            raise UsageError(
                f"Expected no label_smoothing or auxiliary_weight with another "
                f"loss or metric, or with weights of classes. Received: "
                f"label_smoothing={self.label_smoothing}, "
                f"auxiliary_weight={self.auxiliary_weight}"
            )

    @property
    def _is_plain(self):
        return self.objective == CLASSES and not self.class_weight

    def lesson(self):
        if self._is_plain:
            return ImageClassification.lesson(self)
        return super().lesson()

    def read(self, split):
        source, rows = self.part(split)
        [pictures] = self.store.inputs(source).values()
        return Rows(pictures.__getitem__, rows), self.targets(split)

    def raw(self, split):
        """Returns the pictures `[N, H, W, C]` and targets of a split."""
        pictures, _ = super().raw(split)
        return pictures, self.raw_targets(split)[: len(pictures)]


make = PictureArrays
