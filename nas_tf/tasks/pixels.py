"""Operations on batches of pictures, in NumPy."""

import functools

import numpy as np


def whiten(images):
    """Returns each picture with mean 0 and variance 1, as float32.

    The standard deviation is at least one over the square root of the number of
    values, so a picture of one colour becomes zeros.

    Args:
        images: `[N, H, W, C]` numbers.
    """
    images = images.astype(np.float32)
    images -= images.mean((1, 2, 3), keepdims=True)
    deviation = images.std((1, 2, 3), keepdims=True)
    return images / np.maximum(deviation, images[0].size ** -0.5)


def crop_and_flip(batch, rng):
    """Returns pictures upsampled, then cropped and flipped at random.

    Args:
        batch: `[N, H, W, C]` float32.
        rng: NumPy random generator; half of the pictures are flipped left to
            right.
    """
    drawn = draw_crop(batch.shape, rng)
    rows, columns = windows(batch.shape[1]), windows(batch.shape[2])
    columns = columns[drawn["left"]]
    columns[drawn["flip"]] = columns[drawn["flip"], ::-1]
    return _mix(rows[drawn["top"]], columns, batch)


def draw_crop(shape, rng):
    """Returns the crops of `crop_and_flip`, a dict of arrays `[N]`.

    "top" and "left" are numbers of `windows`; "flip" says what is flipped.

    Args:
        shape: `(N, H, W, C)`.
        rng: NumPy random generator.
    """
    count, height, width, _ = shape
    return {
        "top": rng.integers(len(windows(height)), size=count),
        "left": rng.integers(len(windows(width)), size=count),
        "flip": rng.random(count) < 0.5,
    }


def crop_area_and_flip(batch, smallest, rng):
    """Returns pictures cropped and flipped at random, and resized as before.

    A crop has a random share of the area, and sides of a random ratio from 3/4
    to 4/3 (for a picture that is square, else the ratio of shares). It is
    interpolated bilinearly.

    Args:
        batch: `[N, H, W, C]` float32.
        smallest: Smallest share of the area, in (0, 1].
        rng: NumPy random generator; half of the pictures are flipped left to
            right.
    """
    drawn = draw_area(batch.shape, smallest, rng)
    height, width = batch.shape[1:3]
    rows = _interpolated(height, drawn["top"] * height, drawn["tall"] * height)
    columns = _interpolated(width, drawn["left"] * width, drawn["wide"] * width)
    columns[drawn["flip"]] = columns[drawn["flip"], ::-1]
    return _mix(rows, columns, batch)


def draw_area(shape, smallest, rng):
    """Returns the crops of `crop_area_and_flip`, a dict of arrays `[N]`.

    "top", "left", "tall" and "wide" are shares of a picture's height or width;
    "flip" says what is flipped.

    Args:
        shape: `(N, H, W, C)`.
        smallest: Smallest share of the area.
        rng: NumPy random generator.
    """
    count = shape[0]
    area = rng.uniform(smallest, 1, count)
    ratio = np.exp(rng.uniform(-1, 1, count) * np.log(4 / 3))
    tall = np.minimum(1, np.sqrt(area / ratio))
    wide = np.minimum(1, np.sqrt(area * ratio))
    return {
        "tall": tall,
        "wide": wide,
        "top": rng.random(count) * (1 - tall),
        "left": rng.random(count) * (1 - wide),
        "flip": rng.random(count) < 0.5,
    }


def cut_out(batch, size, rng):
    """Returns pictures in each of which a square is set to 0.

    The square's centre is any pixel of the picture, so a part of the square may
    lie outside.

    Args:
        batch: `[N, H, W, C]` float32.
        size: Height and width of the square in pixels, at least 1.
        rng: NumPy random generator.
    """
    drawn = draw_square(batch.shape, size, rng)
    kept = np.ones(batch.shape[:3], bool)
    for axis, first in enumerate(drawn.values(), 1):
        inside = np.arange(batch.shape[axis]) - first[:, None]
        inside = (inside >= 0) & (inside < size)
        shape = [len(batch), 1, 1]
        shape[axis] = batch.shape[axis]
        kept &= inside.reshape(shape)
    return batch * ~kept[..., None]


def draw_square(shape, size, rng):
    """Returns the first rows and columns of the squares of `cut_out`.

    Args:
        shape: `(N, H, W, C)`.
        size: Height and width of a square in pixels.
        rng: NumPy random generator.

    Returns:
        Dict of "square_top" and "square_left", `[N]` integers.
    """
    return {
        name: rng.integers(length, size=shape[0]) - size // 2
        for name, length in zip(("square_top", "square_left"), shape[1:3])
    }


def centre_crop(batch):
    """Returns `[N, H, W, C]` pictures upsampled, then cropped at the centre."""
    rows, columns = windows(batch.shape[1]), windows(batch.shape[2])
    return _mix(rows[len(rows) // 2], columns[len(columns) // 2], batch)


def upsample(images):
    """Returns `[N, H, W, C]` pictures a quarter larger, interpolated."""
    return _mix(_bilinear(images.shape[1]), _bilinear(images.shape[2]), images)


def _mix(rows, columns, images):
    """Returns `[N, U, V, C]` pictures whose pixels are weighted sums.

    Upsampling, cropping and flipping are one operation. Pixels that are cropped
    have no row of weights, so they are never computed.

    Args:
        rows: `[U, H]` weights, or `[N, U, H]` with different ones for each
            picture.
        columns: `[V, W]` weights, or `[N, V, W]`.
        images: `[N, H, W, C]` float32.
    """
    count, height, width, channels = images.shape
    mixed = np.matmul(rows, images.reshape(count, height, width * channels))
    mixed = mixed.reshape(count, -1, width, channels)
    return np.matmul(columns[..., None, :, :], mixed)


@functools.lru_cache
def _bilinear(size):
    """Returns the `[size * 5 // 4, size]` matrix that resizes one axis."""
    return _interpolated(size, np.zeros(1), np.array([size]), size * 5 // 4)[0]


def _interpolated(size, start, length, new=None):
    """Returns `[N, new, size]` weights that resize parts of an axis.

    Args:
        size: Number of pixels of the axis.
        start: `[N]` positions of the first edges of the parts.
        length: `[N]` lengths of the parts, none larger than `new`.
        new: Number of pixels of the result. Default: None, for `size`.
    """
    new = new or size
    centres = (np.arange(new) + 0.5) * length[:, None] / new
    centres = start[:, None] + centres - 0.5
    weights = 1 - np.abs(centres[..., None] - np.arange(size))
    weights = np.maximum(weights, 0)
    return (weights / weights.sum(-1, keepdims=True)).astype(np.float32)


@functools.lru_cache
def windows(size):
    """Returns `[K, size, size]` weights of upsampling and each of K crops."""
    weights = _bilinear(size)
    starts = range(len(weights) - size + 1)
    return np.stack([weights[start : start + size] for start in starts])


def resize(images, size):
    """Returns `[N, size, size, C]` pictures whose pixels are means of areas.

    A pixel is the mean of the pixels whose centres are in its area, first of
    each row, then of each column, and is rounded both times, a half upwards.
    This is the box filter of Pillow. Where a picture becomes larger, its pixels
    are repeated. Pictures that are not square are distorted.

    `nas_tf.children.pictures` computes the same within an exported model.

    Args:
        images: `[N, H, W, C]` uint8.
        size: Height and width in pixels, or None for no resizing.
    """
    if size is None or images.shape[1:3] == (size, size):
        return images
    return _resize_axis(_resize_axis(images, 2, size), 1, size)


def _resize_axis(images, axis, size):
    old = images.shape[axis]
    numbers = np.arange(size)
    if old == size:
        return images
    if old < size:
        nearest = (2 * numbers + 1) * old // (2 * size)
        return np.take(images, nearest, axis=axis)
    # A centre on an edge belongs to the area before it, so the first centre
    # after the edge is the first of an area.
    starts = (2 * numbers * old - size) // (2 * size) + 1
    sums = np.add.reduceat(images, starts, axis=axis, dtype=np.uint32)
    counts = np.diff(starts, append=old).astype(np.uint32)
    counts = counts.reshape([-1 if i == axis else 1 for i in range(4)])
    return ((2 * sums + counts) // (2 * counts)).astype(np.uint8)
