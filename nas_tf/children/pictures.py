"""Prepares pictures within a model, as `nas_tf.tasks.pixels` does in NumPy.

The graph consists of layers and operations of Keras alone, so that a model with
it opens without this package. The values of pixels are whole numbers until they
are whitened. Sums of them are exact in float32, and the results on any device
are those of NumPy.
"""

import keras
import numpy as np
from keras import ops

from nas_tf import keras_scope


@keras_scope.channels_last()
def preparation(shape, upsampled=False, name="preprocessing"):
    """Returns a model that resizes and whitens pictures of any size.

    Args:
        shape: `(height, width, channels)` that pictures are resized to.
        upsampled: Whether pictures are then upsampled by a quarter and cropped
            at the centre. Default: False.
        name: Name of the model. Default: "preprocessing".

    Returns:
        A `keras.Model` from `[B, H, W, channels]` numbers in [0, 255], as
        uint8, to `[B, height, width, channels]` float32.
    """
    height, width, channels = shape
    pictures = keras.Input(
        (None, None, channels), dtype="uint8", name="pictures"
    )
    x = ops.cast(pictures, "float32")
    # In this order, for the same rounding as in `pixels.resize`.
    x = _resized(x, 2, width)
    x = _resized(x, 1, height)
    x = _whitened(x, height * width * channels)
    if upsampled:
        larger = (height * 5 // 4, width * 5 // 4)
        # The layer `Resizing` would set the layers after it to training
        # wherever `training` is not given, as in a SavedModel.
        x = ops.image.resize(x, larger, data_format="channels_last")
        crops = [_centre(a, b) for a, b in zip((height, width), larger)]
        x = keras.layers.Cropping2D(crops, name="centre_crop")(x)
    return keras.Model(pictures, x, name=name)


def _resized(x, axis, size):
    """Returns pictures with an axis of another size, rounded to whole numbers.

    Each pixel is the mean of the pixels whose centres are in its area; where
    pixels are smaller than before, it is the one in whose area its centre is.

    Args:
        x: `[B, H, W, C]` whole numbers in float32; H and W need not be known.
        axis: 1 or 2.
        size: The new size.
    """
    others = tuple({0, 1, 2, 3} - {axis})
    ones = ops.ones_like(ops.max(x, axis=others))
    old = ops.sum(ones)
    # Comparisons of whole numbers, which are exact: twice the positions of
    # pixels and of their edges, times both sizes.
    centre = (2 * ops.cumsum(ones) - 1) * size
    start = old * (2 * np.arange(size, dtype="float32")[:, None])
    smaller = ops.logical_and(centre > start, centre <= start + 2 * old)
    larger = ops.logical_and(
        centre - size <= start + old, start + old < centre + size
    )
    chosen = ops.where(old >= size, smaller, larger)
    chosen = ops.cast(chosen, "float32")
    equation = {1: "uh,bhwc->buwc", 2: "vw,bhwc->bhvc"}[axis]
    count = ops.reshape(
        ops.sum(chosen, axis=1), [size if i == axis else 1 for i in range(4)]
    )
    # Half up. The sums are whole, so the last quarter changes nothing, and
    # makes up for a device whose division is a little too small.
    total = ops.einsum(equation, chosen, x)
    # With the large tensor first, the sum would be a BiasAdd, which converters
    # to ONNX get wrong.
    return ops.floor((count / 2 + 0.25 + total) / count)


def _whitened(x, count):
    x = x - ops.mean(x, axis=(1, 2, 3), keepdims=True)
    variance = ops.mean(ops.square(x), axis=(1, 2, 3), keepdims=True)
    return x / ops.maximum(ops.sqrt(variance), count**-0.5)


def _centre(size, larger):
    """Returns how much is cropped before and after the centre of an axis."""
    before = (larger - size + 1) // 2
    return before, larger - size - before
