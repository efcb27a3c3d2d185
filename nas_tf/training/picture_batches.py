"""Training pictures whitened, cropped, flipped and cut out on the device.

It computes by `keras.ops` what `nas_tf.tasks.pixels` computes in NumPy, from
the same random numbers.
"""

import dataclasses

import numpy as np
from keras import ops


@dataclasses.dataclass(frozen=True, eq=False)
class PictureBatches:
    """Makes a batch of pictures from all of them and a plan.

    A plan is a dict: "rows" `[B]` has the numbers of the pictures, and further
    entries `[B]` have what was drawn for each.

    - "top", "left" and "flip", for a crop of the upsampled picture;
    - with "tall" and "wide", for a crop that is resized, all of them as shares
      of the picture's height or width;
    - "square_top" and "square_left", for a square that becomes 0.

    Attributes:
        windows: Pair of `[K, H, H]` and `[K, W, W]` weights of upsampling and
            each of K crops; see `nas_tf.tasks.pixels.windows`.
        square: Height and width in pixels of the square.
    """

    windows: tuple = ()
    square: int = 0

    def __call__(self, arrays, plan):
        """Returns a batch `(pictures, labels)`.

        Args:
            arrays: `[N, H, W, C]` uint8 pictures and `[N, ...]` labels.
            plan: See above.
        """
        images, labels = (
            ops.take(array, plan["rows"], axis=0) for array in arrays
        )
        batch = whitened(images)
        height, width = images.shape[1:3]
        if "tall" in plan:
            batch = _mixed(
                _interpolated(height, plan["top"], plan["tall"]),
                _interpolated(width, plan["left"], plan["wide"]),
                plan["flip"],
                batch,
            )
        elif "top" in plan:
            rows, columns = self.windows
            batch = _mixed(
                ops.take(ops.convert_to_tensor(rows), plan["top"], axis=0),
                ops.take(ops.convert_to_tensor(columns), plan["left"], axis=0),
                plan["flip"],
                batch,
            )
        if self.square:
            tall = _covered(height, plan["square_top"], self.square)
            wide = _covered(width, plan["square_left"], self.square)
            gone = ops.logical_and(tall[:, :, None], wide[:, None, :])
            batch = ops.where(gone[..., None], 0.0, batch)
        return batch, labels


def whitened(images):
    """Returns each picture with mean 0 and variance 1; see `pixels.whiten`."""
    images = ops.cast(images, "float32")
    images = images - ops.mean(images, axis=(1, 2, 3), keepdims=True)
    deviation = ops.std(images, axis=(1, 2, 3), keepdims=True)
    least = float(np.prod(images.shape[1:])) ** -0.5
    return images / ops.maximum(deviation, least)


def _mixed(rows, columns, flip, images):
    """Returns pictures whose pixels are weighted sums; see `pixels`."""
    columns = ops.where(flip[:, None, None], ops.flip(columns, axis=1), columns)
    count, height, width, channels = images.shape
    mixed = ops.matmul(
        rows, ops.reshape(images, (count, height, width * channels))
    )
    mixed = ops.reshape(mixed, (count, -1, width, channels))
    return ops.matmul(columns[:, None], mixed)


def _interpolated(size, start, length):
    """Returns `[B, size, size]` weights that resize parts of an axis.

    Args:
        size: Number of pixels of the axis.
        start: `[B]` first edges of the parts, as shares of the axis.
        length: `[B]` lengths of the parts, as shares of the axis.
    """
    numbers = ops.arange(size, dtype="float32")
    centres = (numbers + 0.5) * length[:, None]
    centres = start[:, None] * size + centres - 0.5
    weights = 1 - ops.abs(centres[..., None] - numbers)
    weights = ops.maximum(weights, 0.0)
    return weights / ops.sum(weights, axis=-1, keepdims=True)


def _covered(length, first, size):
    """Returns `[B, length]`, whether a pixel is in a square."""
    inside = ops.arange(length) - first[:, None]
    return ops.logical_and(inside >= 0, inside < size)
