"""CIFAR-10: 60,000 colour pictures of 32x32 pixels in ten classes.

Split and recipe are those of Zoph & Le 2017, section 4.1: 45,000 training
pictures, 5,000 validation pictures, and the official 10,000 test pictures.
Origin: A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images",
2009, https://www.cs.toronto.edu/~kriz/cifar.html.
"""

import dataclasses
import functools

import numpy as np

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.machine import places
from nas_tf.seeds import generator
from nas_tf.tasks.named_classes import NamedClasses

CLASS_NAMES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)
NUM_CLASSES = len(CLASS_NAMES)
SHAPE = (32, 32, 3)
RECORD_BYTES = 1 + 32 * 32 * 3
TRAIN_FILES = tuple(f"data_batch_{i}.bin" for i in range(1, 6))
TEST_FILES = ("test_batch.bin",)
FOLDER = "cifar-10-batches-bin"


@dataclasses.dataclass(frozen=True)
class Cifar10(NamedClasses):
    """45,000 training, 5,000 validation and 10,000 test pictures.

    Both forms of the data below give the same pictures in the same order.

    Attributes:
        data_dir: Folder with the "binary version" (data_batch_1.bin, ...),
            with a subfolder cifar-10-batches-bin that contains it, or with a
            data set prepared by TFDS. It is only read. None (default): the
            default folder of TFDS, to which the data is downloaded if it is
            not there.

    The other options are those of `NamedClasses`.
    """

    data_dir: str | None = dataclasses.field(
        default=None, metadata=registry.location()
    )

    all_class_names = CLASS_NAMES

    @property
    def input_shape(self):
        if self.image_size is None:
            return SHAPE
        return (self.image_size, self.image_size, SHAPE[2])

    def read(self, split):
        test = split == "test"
        folder = self._binary_folder()
        if folder is not None:
            files = _open(folder, TEST_FILES if test else TRAIN_FILES)
            count = sum(len(file) for file in files)
            images = functools.partial(_images, files)
            labels = functools.partial(_labels, files, folder)
        else:
            images, labels, count = self._from_tfds("test" if test else "train")
        order = np.arange(count)
        if not test:
            order = generator(self.split_seed, "cifar10").permutation(count)
            num_valid = count // 10
            order = order[:num_valid] if split == "valid" else order[num_valid:]
        return self.in_classes(images, labels, order)

    def _binary_folder(self):
        """Returns the folder of the binary version, None if there is none."""
        if self.data_dir is None:
            return None
        folder = places.local(self.data_dir)
        for candidate in (folder, folder / FOLDER):
            names = TRAIN_FILES + TEST_FILES
            if any((candidate / name).exists() for name in names):
                return candidate
        if not (folder / "cifar10").is_dir():
            raise UsageError(
                f"Expected CIFAR-10 in data_dir, as {TRAIN_FILES[0]} and so "
                f"on, {FOLDER}/ or the cifar10/ of TFDS. Received: "
                f"{self.data_dir!r}, which "
                + ("has none of them" if folder.is_dir() else "is no folder")
            )
        return None

    def _from_tfds(self, split):
        from nas_tf.tasks import _tfds
        from nas_tf.tasks import tfds_images

        try:
            builder = tfds_images.open_builder("cifar10", self.data_dir)
        except _tfds.NotInstalled as error:
            raise UsageError(
                f"{error}; {FOLDER} in data_dir is read without it"
            ) from None

        decode = functools.cache(lambda: tfds_images.decoded(builder, split))
        return (
            lambda rows: decode()["images"][rows],
            lambda rows: decode()["labels"][rows],
            builder.info.splits[split].num_examples,
        )


def _open(folder, names):
    """Returns a `[N, 3073]` memory map of each file: label, then planes.

    The published files have 10,000 records each; any whole number will do.
    """
    files = []
    for name in names:
        path = folder / name
        size = path.stat().st_size if path.is_file() else 0
        if size == 0 or size % RECORD_BYTES:
            raise UsageError(
                f"Expected records of {RECORD_BYTES} bytes, in the published "
                f"file {10_000 * RECORD_BYTES} bytes. Received: {path} with "
                f"{size} bytes"
                + ("" if path.is_file() else " (there is no such file)")
            )
        file = np.memmap(path, np.uint8, mode="r")
        files.append(file.reshape(-1, RECORD_BYTES))
    return files


def _images(files, rows):
    """Returns `[n, 32, 32, 3]` uint8 of rows counted through all files."""
    planes = _gather([file[:, 1:] for file in files], rows)
    images = np.empty((len(rows), *SHAPE), np.uint8)
    for channel, plane in enumerate(np.split(planes, SHAPE[2], axis=1)):
        # A third of the time that one transposed copy takes.
        images[..., channel] = plane.reshape(-1, *SHAPE[:2])
    return images


def _labels(files, folder, rows):
    labels = _gather([file[:, 0] for file in files], rows)
    if labels.max(initial=0) >= NUM_CLASSES:
        raise UsageError(
            f"Expected labels 0 to {NUM_CLASSES - 1} in {folder}. Received: "
            f"{labels.max()}"
        )
    return labels


def _gather(parts, rows):
    """Returns `np.concatenate(parts)[rows]`, reading those rows alone."""
    gathered = np.empty((len(rows), *parts[0].shape[1:]), parts[0].dtype)
    start = 0
    for part in parts:
        found = np.flatnonzero((rows >= start) & (rows < start + len(part)))
        gathered[found] = part[rows[found] - start]
        start += len(part)
    return gathered


make = Cifar10
