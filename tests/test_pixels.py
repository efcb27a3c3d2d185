"""Whitening, upsampling and resizing of images."""

import numpy as np
from PIL import Image

from nas_tf.tasks import pixels


def test_whiten_leaves_one_colour_finite():
    images = np.full((1, 4, 4, 3), 7, np.uint8)
    np.testing.assert_array_equal(pixels.whiten(images), 0)


def test_upsampling_is_bilinear():
    image = np.random.default_rng(0).random((8, 12), np.float32)
    large = Image.fromarray(image).resize((15, 10), Image.Resampling.BILINEAR)
    mine = pixels.upsample(image[None, :, :, None])
    np.testing.assert_allclose(mine[0, :, :, 0], large, atol=1e-6)


def test_resize_takes_the_mean_of_an_area():
    images = np.random.default_rng(0).integers(0, 256, (1, 8, 8, 3), np.uint8)
    blocks = images.reshape(1, 2, 4, 2, 4, 3).mean((2, 4))
    small = pixels.resize(images, 2)
    # Pillow rounds after each of two passes.
    np.testing.assert_allclose(small, blocks, atol=1)
    grey = pixels.resize(images[..., :1], 2)
    np.testing.assert_array_equal(grey, small[..., :1])
