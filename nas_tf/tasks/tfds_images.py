"""Any image classification data set of TensorFlow Datasets (TFDS), by name.

See https://www.tensorflow.org/datasets/catalog. The data set's own validation
and test splits are used if it has them.
"""

import dataclasses
import functools
import os
import pathlib

import numpy as np

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.seeds import generator
from nas_tf.tasks import _cache
from nas_tf.tasks import _tfds
from nas_tf.tasks.image_classification import Rows
from nas_tf.tasks.named_classes import NamedClasses
from nas_tf.tasks.pixels import resize

VALID_NAMES = ("validation", "valid", "val")


@dataclasses.dataclass(frozen=True)
class TfdsImages(NamedClasses):
    """A data set with features "image" and "label".

    If it has no validation split, `valid_examples` training pictures, by
    default a tenth, are drawn for validation. If it has no test split, another
    tenth is drawn for the test. These are then not in the training split. With
    `classes` it is always a tenth of all classes that is drawn.

    Pictures of different sizes are resized to `image_size` when they are first
    read, and those of one split are then a file: of 193 GB for the training
    pictures of ImageNet at 224 pixels, of which a batch is read at a time.

    Attributes:
        name: Name in the TFDS catalogue, optionally with configuration and
            version: "mnist", "cifar10_corrupted/fog_3", "cifar10:3.0.2".
        data_dir: Folder of prepared data sets, which is only read. None
            (default): the default folder of TFDS, to which a missing data set
            is downloaded.
        test_split: Name of the split of the data set that is the test, such as
            "validation" where the pictures of its own test have no labels.
            None (default): "test", if there is one.

    The other options are those of `NamedClasses`.
    """

    name: str = dataclasses.field(kw_only=True)
    data_dir: str | None = dataclasses.field(
        default=None, metadata=registry.location()
    )
    test_split: str | None = None

    @property
    def all_class_names(self):
        return self._builder().info.features["label"].names

    @property
    def input_shape(self):
        shape = self._builder().info.features["image"].shape
        if self.image_size is not None:
            shape = (self.image_size, self.image_size, shape[2])
        return super().input_shape if None in shape else tuple(shape)

    def read(self, split):
        builder = self._builder()
        source, order = self._plan(builder, split)
        decode = functools.cache(
            lambda: decoded(builder, source, self.image_size)
        )
        if None in builder.info.features["image"].shape:
            decode()  # Raises an error if the sizes differ.
        return self.in_classes(
            lambda rows: decode()["images"][rows],
            lambda rows: decode()["labels"][rows],
            order,
        )

    def _builder(self):
        return open_builder(self.name, self.data_dir)

    def _plan(self, builder, split):
        """Returns the TFDS split that contains a split, and the rows to use.

        Args:
            builder: TFDS builder.
            split: "train", "valid" or "test".
        """
        counts = {
            name: info.num_examples
            for name, info in builder.info.splits.items()
        }
        if not counts.get("train"):
            raise UsageError(
                f"Expected a data set with a split 'train'. Received: "
                f"{self.name} with {', '.join(counts) or 'none'}"
            )
        test = self.test_split or "test"
        if self.test_split and (not counts.get(test) or test == "train"):
            others = [name for name in counts if name != "train"]
            raise UsageError(
                f"Expected test_split to be a split of {self.name}, of "
                f"{', '.join(others) or 'which there is none but train'}. "
                f"Received: {self.test_split!r}"
            )
        valid = [n for n in VALID_NAMES if counts.get(n) and n != test]
        own = {
            "valid": valid[0] if valid else None,
            "test": test if counts.get(test) else None,
        }
        rng = functools.partial(generator, self.split_seed, "tfds", self.name)
        if own.get(split):
            return own[split], rng(split).permutation(counts[own[split]])
        total = counts["train"]
        tenth = max(1, total // 10)
        num_test = 0 if own["test"] else tenth
        # How many of a tenth are in some classes is not known before reading.
        given = None if self.classes else self.valid_examples
        num_valid = 0 if own["valid"] else given or tenth
        if num_test + num_valid >= total:
            raise UsageError(
                f"Expected fewer than the {total} training pictures of "
                f"{self.name} for validation and test. Received: {num_valid} "
                f"and {num_test}"
            )
        order = rng("train").permutation(total)
        parts = {
            "test": order[:num_test],
            "valid": order[num_test : num_test + num_valid],
            "train": order[num_test + num_valid :],
        }
        return "train", parts[split]


@functools.lru_cache(maxsize=8)
def open_builder(name, data_dir):
    """Returns the TFDS builder of a prepared image classification data set.

    Args:
        name: As in `TfdsImages`.
        data_dir: As in `TfdsImages`.

    Raises:
        UsageError: If there is no such data set, it cannot be downloaded, or
            it is not for image classification.
        _tfds.NotInstalled: If TFDS or TensorFlow is not installed.
    """
    return _tfds.prepared(name, data_dir, _check_kind)


def _check_kind(name, builder):
    """Raises `UsageError` unless a data set is pictures with a class each."""
    import tensorflow_datasets as tfds

    features = dict(getattr(builder.info.features, "items", dict)())
    if not (
        isinstance(features.get("image"), tfds.features.Image)
        and isinstance(features.get("label"), tfds.features.ClassLabel)
        and features["image"].np_dtype == np.uint8
    ):
        raise UsageError(
            f"Expected a data set with an 8-bit 'image' and a class 'label'. "
            f"Received: {name} with {', '.join(features) or 'no features'}"
        )


def decoded(builder, split, image_size=None):
    """Returns the pictures of a TFDS split, decoded once for all processes.

    Args:
        builder: TFDS builder.
        split: One of its splits.
        image_size: Size that pictures of different sizes are resized to.

    Returns:
        Dict of "images" `[N, H, W, C]` uint8, an array or `Rows`, and "labels"
        `[N]` int32. They are sorted by the examples' ids, if there are any,
        since TFDS shuffles.

    Raises:
        UsageError: If sizes differ and there is no `image_size`, a label is
            missing, or a file is broken.
    """
    if None not in builder.info.features["image"].shape:
        image_size = None
    folder = pathlib.Path(os.fspath(builder.data_path))
    files = [path for path in folder.iterdir() if path.is_file()]
    key = [
        builder.info.full_name,
        split,
        image_size,
        _cache.fingerprint(folder, files),
    ]
    name = f"{builder.info.full_name}-{split}"
    count = builder.info.splits[split].num_examples
    *sides, channels = builder.info.features["image"].shape
    if image_size is not None:
        sides = [image_size, image_size]
    elif None in sides:
        sides = next(_batches(builder, split, None))["image"].shape[1:3]
    shapes = {
        "images": ((count, *sides, channels), "uint8"),
        "labels": ((count,), "int32"),
        "order": ((count,), "int64"),
    }
    fill = functools.partial(_decode, builder, split, image_size)
    arrays = _cache.filled(name, [*key, "ordered"], shapes, fill)
    order = arrays["order"]
    return {
        "images": Rows(arrays["images"].__getitem__, order),
        "labels": arrays["labels"][order],
    }


def _batches(builder, split, image_size):
    """Yields a dict of "image", "label" and maybe "id" for some examples."""
    import tensorflow as tf
    import tensorflow_datasets as tfds

    shape = builder.info.features["image"].shape
    data = builder.as_dataset(
        split=split, read_config=tfds.ReadConfig(try_autocache=False)
    )
    # Batches need equal shapes, so pictures of different sizes are read singly.
    data = data.batch(1 if None in shape else 500).prefetch(2)
    try:
        for batch in tfds.as_numpy(data):
            yield {**batch, "image": resize(batch["image"], image_size)}
    except tf.errors.OpError as error:
        raise UsageError(
            f"Cannot read {builder.data_path}: {_tfds.first(error)}"
        ) from error


def _decode(builder, split, image_size, arrays):
    """Writes the pictures and labels of a split, and their order by ids."""
    images, labels = arrays["images"], arrays["labels"]
    ids = []
    start = 0
    for batch in _batches(builder, split, image_size):
        pictures = batch["image"]
        if pictures.shape[1:] != images.shape[1:]:
            raise UsageError(_unequal(builder, images, pictures))
        if batch["label"].min() < 0:
            raise UsageError(
                f"Expected labels in split '{split}' of "
                f"{builder.info.full_name}. Received: some are unknown (-1); "
                f"test_split names another split for the test"
            )
        end = start + len(pictures)
        images[start:end] = pictures
        labels[start:end] = batch["label"]
        ids.extend(batch.get("id", ()))
        start = end
    known = len(ids) == len(images)
    arrays["order"][:] = (
        np.argsort(ids, kind="stable") if known else np.arange(len(images))
    )


def _unequal(builder, first, second):
    sizes = [f"{a.shape[1]}x{a.shape[2]}" for a in (first, second)]
    return (
        f"Expected image_size, for instance image_size=32, since pictures of "
        f"{builder.info.full_name} differ in size: {sizes[0]} and {sizes[1]}"
    )


make = TfdsImages
