"""Whitening, upsampling and resizing of images."""

import numpy as np
import pytest
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


@pytest.mark.parametrize("old, new", [(32, 16), (32, 8), (30, 10), (8, 20)])
def test_resizing_is_that_of_pillow(old, new):
    images = np.random.default_rng(0).integers(0, 256, (2, old, old, 3))
    images = images.astype(np.uint8)
    for image, found in zip(images, pixels.resize(images, new)):
        picture = Image.fromarray(image)
        wanted = picture.resize((new, new), Image.Resampling.BOX)
        np.testing.assert_array_equal(found, wanted)


def test_halves_are_rounded_up_and_edges_belong_to_the_area_before():
    images = np.array([0, 1, 2, 3, 4, 6, 7], np.uint8).reshape(1, 1, 7, 1)
    images = np.broadcast_to(images, (1, 7, 7, 1))
    # The centre of the fourth is the edge between the two areas.
    assert pixels.resize(images, 2)[0, 0, :, 0].tolist() == [2, 6]
    assert pixels.resize(images[:, :, :2], 1).ravel().tolist() == [1]


def test_resize_takes_the_mean_of_an_area():
    images = np.random.default_rng(0).integers(0, 256, (1, 8, 8, 3), np.uint8)
    blocks = images.reshape(1, 2, 4, 2, 4, 3).mean((2, 4))
    small = pixels.resize(images, 2)
    # Pillow rounds after each of two passes.
    np.testing.assert_allclose(small, blocks, atol=1)
    grey = pixels.resize(images[..., :1], 2)
    np.testing.assert_array_equal(grey, small[..., :1])


def test_crops_of_areas():
    """Of pictures whose pixels are the numbers of their rows or columns."""
    side, count = 24, 400
    ramp = np.broadcast_to(np.arange(side, dtype="float32"), (side, side))
    pictures = np.stack([ramp.T, ramp], -1)
    batch = np.broadcast_to(pictures, (count, *pictures.shape))
    crops = pixels.crop_area_and_flip(batch, 0.2, np.random.default_rng(0))
    assert crops.shape == batch.shape and crops.dtype == np.float32
    # Inside, where no edge is repeated, the numbers grow evenly.
    tall = (crops[:, 15, 8, 0] - crops[:, 8, 8, 0]) / 7
    wide = (crops[:, 8, 15, 1] - crops[:, 8, 8, 1]) / 7
    assert (tall > 0).all() and 0.4 < (wide < 0).mean() < 0.6
    wide = np.abs(wide)
    area = tall * wide
    assert 0.2 < area.min() + 1e-3 < 0.25 and 0.9 < area.max() < 1 + 1e-3
    inner = (tall < 0.99) & (wide < 0.99)
    ratio = (wide / tall)[inner]
    assert 0.74 < ratio.min() < 0.8 and 1.25 < ratio.max() < 1.34
    assert crops.min() >= 0 and crops.max() < side - 1 + 1e-4
    # Everywhere in the picture.
    assert crops[:, 0, 0, 0].min() < 0.5 and crops[:, -1, 0, 0].max() > 22.5


def test_cut_out_sets_a_square_of_each_picture_to_zero():
    rng = np.random.default_rng(0)
    cut = pixels.cut_out(np.ones((500, 9, 8, 3), "float32"), 4, rng)
    assert cut.dtype == np.float32
    gone = cut == 0
    # A square is cut out of all channels alike.
    np.testing.assert_array_equal(gone, gone[..., :1] & np.ones(3, bool))
    gone = gone[..., 0]
    rows, columns = gone.any(2).sum(1), gone.any(1).sum(1)
    np.testing.assert_array_equal(gone.sum((1, 2)), rows * columns)
    # At an edge at least half of the square is left.
    for sides in (rows, columns):
        assert set(sides) == {2, 3, 4}
    # The places differ from picture to picture, and reach every pixel.
    assert len(np.unique(gone, axis=0)) > 60
    assert gone.any(0).all()
