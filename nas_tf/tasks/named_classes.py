"""Tasks of pictures that can be restricted to some of their classes."""

import dataclasses
import difflib

import numpy as np

from nas_tf import checks
from nas_tf.errors import UsageError
from nas_tf.tasks.image_classification import ImageClassification
from nas_tf.tasks.image_classification import Rows


@dataclasses.dataclass(frozen=True)
class NamedClasses(ImageClassification):
    """Pictures whose classes have names. A task says `all_class_names`.

    Attributes:
        classes: Names of at least two classes to use, numbered in this order,
            or None (default) for all. Which split a picture is in does not
            depend on it.

    The other options are those of `ImageClassification`.
    """

    classes: tuple | None = None

    def __post_init__(self):
        super().__post_init__()
        names = self.classes
        good = names is None or (
            checks.is_tuple_of_different(names)
            and len(names) > 1
            and all(isinstance(name, str) for name in names)
        )
        wanted = "None or a tuple of at least two different names"
        checks.check(self, "classes", good, wanted)

    @property
    def all_class_names(self):
        """Sequence of the names of all classes of the data set."""
        raise NotImplementedError

    @property
    def class_names(self):
        known = tuple(self.all_class_names)
        if self.classes is None:
            return known
        for name in self.classes:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                listed = ", ".join(near or known[:20])
                raise UsageError(
                    f"Expected names of `classes` such as {listed}. Received: "
                    f"{name!r}"
                )
        return self.classes

    @property
    def num_outputs(self):
        return len(self.class_names)

    def renumbered(self, labels):
        """Returns labels as the task numbers them, -1 for unused classes.

        Args:
            labels: `[N]` integers, positions in `all_class_names`.
        """
        if self.classes is None:
            return labels
        known = tuple(self.all_class_names)
        numbers = np.full(len(known), -1, np.int32)
        for number, name in enumerate(self.class_names):
            numbers[known.index(name)] = number
        return numbers[labels]

    def in_classes(self, images, labels, order):
        """Returns `(images, labels)` of those rows whose class is used.

        Args:
            images: Function of `[n]` row numbers that returns pictures.
            labels: Function of `[n]` row numbers that returns labels,
                positions in `all_class_names`.
            order: `[N]` row numbers.
        """
        if self.classes is None:
            return Rows(images, order), Rows(labels, order)
        numbers = self.renumbered(labels(order))
        used = numbers >= 0
        return Rows(images, order[used]), numbers[used]
