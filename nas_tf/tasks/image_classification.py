"""Image classification: pictures whitened, augmented, resized.

A task of pictures derives from `ImageClassification` and says which pictures
they are.
"""

import abc
import dataclasses
import functools
import hashlib
import math

import numpy as np

from nas_tf import checks
from nas_tf import limits
from nas_tf.errors import UsageError
from nas_tf.tasks import pixels
from nas_tf.tasks.array_classification import ArrayClassification
from nas_tf.training.precision import FULL
from nas_tf.training.precision import PRECISIONS

SPLITS = ("train", "valid", "test")
# Pictures of a split that take more are read when they are needed.
MOST_BYTES = 2e9
# Number of pictures of a split that tell whether the data is another.
_LOOKED_AT = 100


@dataclasses.dataclass(frozen=True)
class ImageClassification(ArrayClassification):
    """Whitened pictures, learned by the recipe of `ArrayClassification`.

    Attributes:
        augment: Whether training pictures are upsampled by a quarter, cropped
            at random and flipped left to right at random. Validation and test
            then use the centre crop of upsampled pictures, so that objects
            have the same size as in training.
        crop_scale: Smallest share of a picture's area that a random crop of
            `augment` takes, in (0, 1], such as 0.08. The crop has sides of a
            ratio from 3/4 to 4/3 and is resized to the picture's size (Szegedy
            et al. 2014, "Going Deeper with Convolutions", section 6). None
            (default): crops of the picture's size from the upsampled one.
        cutout: Height and width in pixels of a square at a random place of each
            training picture that becomes 0, the mean; 0 for none. Only a part
            of a square that leaves the picture is in it (DeVries & Taylor
            2017).
        label_smoothing: See `nas_tf.training.lessons.classification`.
        auxiliary_weight: See `nas_tf.training.lessons.classification`. The
            networks of space `nasnet` have such a second output.
        precision: "float32" (default), "bfloat16" or "float16": what networks
            compute in while they are trained. Weights and exported models are
            float32. Half precision is faster on GPUs that have it, and slower
            on most processors.
        image_size: Height and width that pictures are resized to, or None for
            no resizing.
        train_examples: Number of training pictures, or None for all.
        valid_examples: Number of validation pictures, or None for the task's
            default.
        split_seed: Seed of the choice of validation pictures.

    The other options are those of `ArrayClassification`.
    """

    augment: bool = True
    crop_scale: float | None = None
    cutout: int = 0
    label_smoothing: float = 0.0
    auxiliary_weight: float = 0.0
    precision: str = FULL
    image_size: int | None = None
    train_examples: int | None = None
    valid_examples: int | None = None
    split_seed: int = 0

    # Known without reading a picture.
    input_ndim = 3

    def __post_init__(self):
        super().__post_init__()
        counts = ("train_examples", "valid_examples")
        checks.whole(self, *counts, optional=True)
        checks.whole(self, "image_size", maximum=limits.PIXELS, optional=True)
        checks.whole(self, "split_seed", minimum=0)
        checks.whole(self, "cutout", minimum=0)
        checks.number(self, "crop_scale", above=0, maximum=1, optional=True)
        if self.crop_scale is not None and not self.augment:
            raise UsageError(
                f"Expected augment=True for crops at random. Received: "
                f"augment=False and crop_scale={self.crop_scale}"
            )
        checks.number(self, "label_smoothing", minimum=0, below=1)
        checks.one_of(self, "precision", PRECISIONS)
        checks.number(self, "auxiliary_weight", minimum=0)

    @abc.abstractmethod
    def read(self, split):
        """Returns `(images, labels)` of a split, as they are on disk.

        Their order must be random, since the first pictures are taken where
        only a part of them is used.

        Returns:
            `[N, H, W, C]` uint8, and `[N]` integers or other targets, each a
            NumPy array or `Rows`, which read only the examples that are used.
        """

    @property
    def input_shape(self):
        return self.pictures("valid")[0].shape[1:]

    def pictures(self, split):
        """Returns `(images, labels)`, resized and reduced by the task's fields.

        `[N, H, W, C]` uint8, an array or, if they are many, `Rows`; and `[N]`
        int32 or other targets. They are read once in a process.
        """
        if split not in SPLITS:
            raise UsageError(f"Expected a split of {SPLITS}. Received: {split}")
        return _pictures(self, split)

    def check(self):
        for split in SPLITS:
            _read(self, split)

    def identity(self):
        """See `Task`; the fingerprint is of all labels and some pictures."""
        examples, digest = {}, hashlib.sha256()
        for split in ("train", "valid"):
            images, labels, examples[split] = _read(self, split)
            some = min(examples[split], _LOOKED_AT)
            for array in (images[:some], labels[: examples[split]]):
                whole = np.ascontiguousarray(array)
                digest.update(f"{whole.shape}{whole.dtype}".encode())
                digest.update(whole.data)
        return {
            "outputs": self.num_outputs,
            "examples": examples,
            "fingerprint": digest.hexdigest()[:32],
        }

    def load(self, split):
        images, labels = self.pictures(split)
        inputs = np.empty(images.shape, np.float32)
        for part in _parts(len(images)):
            inputs[part] = self._prepared(images[part])
        return inputs, labels

    def held_out(self, split):
        images, labels = self.pictures(split)
        if isinstance(images, np.ndarray):
            return self.load(split)
        return images.changed(self._prepared), labels

    def _prepared(self, images):
        batch = pixels.whiten(images)
        return pixels.centre_crop(batch) if self.augment else batch

    def num_examples(self, split):
        return _read(self, split)[2]

    def raw(self, split):
        """Returns `(pictures, labels)` of a split before they are resized.

        Pictures are an array `[N, H, W, C]` uint8, or, if they may differ in
        size, a sequence of arrays `[H, W, C]`. Labels are `[N]` int32.
        """
        images, labels, count = _read(self, split)
        labels = labels[:count].astype(np.int32)
        if isinstance(images, Rows) and images.nbytes > MOST_BYTES:
            return images.first(count), labels
        return images[:count], labels

    def describe_inputs(self):
        height, width, channels = self.input_shape
        colours = "grey" if channels == 1 else f"{channels} channels"
        text = (
            f"pictures of any size, uint8 [B, height, width, {channels}] "
            f"({colours}), as they are in a file. The model resizes them to "
            f"{height} x {width} pixels, which are means of areas, and makes "
            f"mean and variance of each picture 0 and 1"
        )
        if self.augment:
            text += ", enlarges it by a quarter and takes the centre"
        return f"{text}."

    def preprocessing(self):
        """Returns a model from pictures of any size to those of `load`."""
        from nas_tf.children.pictures import preparation

        return preparation(self.input_shape, upsampled=self.augment)

    def count(self, split):
        return len(self.pictures(split)[1])

    def chosen(self, split, rows, rng):
        images, labels = self.pictures(split)
        batch = pixels.whiten(images[rows])
        if self.crop_scale is not None:
            batch = pixels.crop_area_and_flip(batch, self.crop_scale, rng)
        elif self.augment:
            batch = pixels.crop_and_flip(batch, rng)
        if self.cutout:
            batch = pixels.cut_out(batch, self.cutout, rng)
        return batch, labels[rows]

    def resident(self, seed):
        images, _ = arrays = self.pictures("train")
        own = type(self).chosen is not ImageClassification.chosen
        if own or not isinstance(images, np.ndarray):
            return None
        from nas_tf.training.picture_batches import PictureBatches
        from nas_tf.training.resident import Resident

        shape = (self.batch_size, *images.shape[1:])
        shape = (min(shape[0], len(images)), *shape[1:])
        windows = tuple(map(pixels.windows, shape[1:3]))
        return Resident(
            arrays,
            plans=lambda epoch: (
                {"rows": rows, **self._drawn(shape, rng)}
                for rows, rng in self._rows("train", seed, epoch)
            ),
            batch=PictureBatches(windows, self.cutout),
        )

    def _drawn(self, shape, rng):
        """Returns what `chosen` draws for a batch of a shape, a dict."""
        drawn = {}
        if self.crop_scale is not None:
            drawn = pixels.draw_area(shape, self.crop_scale, rng)
        elif self.augment:
            drawn = pixels.draw_crop(shape, rng)
        if self.cutout:
            drawn |= pixels.draw_square(shape, self.cutout, rng)
        return {
            name: values.astype(np.float32) if values.dtype == float else values
            for name, values in drawn.items()
        }

    @property
    def prefetch(self):
        return self.augment

    def lesson(self):
        from nas_tf.training.lessons.classification import Classification

        return Classification(self.label_smoothing, self.auxiliary_weight)


class Rows:
    """Examples in a given order, read only when they are indexed.

    Args:
        gather: Function of `[n]` integers that returns `[n, ...]` examples.
        order: `[N]` integers, the numbers of the examples in order.
    """

    def __init__(self, gather, order):
        self._gather = gather
        self._order = order

    def __len__(self):
        return len(self._order)

    @property
    def shape(self):
        return (len(self), *self[0].shape)

    @property
    def nbytes(self):
        return len(self) * self[0].nbytes

    def first(self, count):
        """Returns the first examples, which are not read."""
        return Rows(self._gather, self._order[:count])

    def changed(self, change):
        """Returns examples that a function changes when they are read.

        Args:
            change: Function of `[n, ...]` examples that returns as many.
        """
        return Rows(lambda rows: change(self._gather(rows)), self._order)

    def __getitem__(self, key):
        rows = self._order[key]
        if np.ndim(rows) == 0:
            return self._gather(np.array([rows]))[0]
        return self._gather(rows)


@functools.lru_cache(maxsize=6)
def _pictures(task, split):
    images, labels, count = _read(task, split)
    resize = functools.partial(pixels.resize, size=task.image_size)
    labels = labels[:count]
    if labels.dtype.kind in "iu":
        labels = labels.astype(np.int32)
    shape = (count, *resize(images[:1]).shape[1:])
    if isinstance(images, Rows) and math.prod(shape) > MOST_BYTES:
        return images.first(count).changed(resize), labels
    chosen = np.empty(shape, np.uint8)
    for part in _parts(count):
        chosen[part] = resize(images[part])
    return chosen, labels


def _read(task, split):
    """Returns the images and labels of a split, and the number to use."""
    images, labels = task.read(split)
    count = {"train": task.train_examples, "valid": task.valid_examples}.get(
        split
    )
    if len(images) == 0:
        raise UsageError(
            f"Expected pictures in split '{split}'. Received: none"
        )
    if count is None:
        count = len(images)
    if count > len(images):
        raise UsageError(
            f"Expected at most {len(images)} examples in split '{split}'. "
            f"Received: {split}_examples={count}"
        )
    return images, labels, count


def _parts(count, size=1000):
    """Yields slices of at most `size` examples, which limit the memory used."""
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))
