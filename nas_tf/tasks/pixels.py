"""Operations on batches of pictures, in NumPy."""

import functools

import numpy as np
from PIL import Image


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
    count, height, width, _ = batch.shape
    rows, columns = _windows(height), _windows(width)
    top = rng.integers(len(rows), size=count)
    left = rng.integers(len(columns), size=count)
    flip = rng.random(count) < 0.5
    columns = columns[left]
    columns[flip] = columns[flip, ::-1]
    return _mix(rows[top], columns, batch)


def centre_crop(batch):
    """Returns `[N, H, W, C]` pictures upsampled, then cropped at the centre."""
    rows, columns = _windows(batch.shape[1]), _windows(batch.shape[2])
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
    larger = size * 5 // 4
    centres = (np.arange(larger) + 0.5) * size / larger - 0.5
    weights = 1 - np.abs(centres[:, None] - np.arange(size))
    weights = np.maximum(weights, 0)
    return (weights / weights.sum(1, keepdims=True)).astype(np.float32)


@functools.lru_cache
def _windows(size):
    """Returns `[K, size, size]` weights of upsampling and each of K crops."""
    weights = _bilinear(size)
    starts = range(len(weights) - size + 1)
    return np.stack([weights[start : start + size] for start in starts])


def resize(images, size):
    """Returns `[N, size, size, C]` pictures whose pixels are means of areas.

    Pictures that are not square are distorted.

    Args:
        images: `[N, H, W, C]` uint8.
        size: Height and width in pixels, or None for no resizing.
    """
    if size is None or images.shape[1:3] == (size, size):
        return images
    resized = np.empty((len(images), size, size, images.shape[3]), np.uint8)
    for image, out in zip(images, resized, strict=True):
        if image.shape[2] == 3:
            out[:] = _resize_plane(image, size)
        else:
            for channel in range(image.shape[2]):
                out[:, :, channel] = _resize_plane(image[:, :, channel], size)
    return resized


def _resize_plane(plane, size):
    picture = Image.fromarray(plane)
    return picture.resize((size, size), Image.Resampling.BOX)
