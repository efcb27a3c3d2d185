"""What files of pictures mean: depth, transparency, orientation."""

import numpy as np
import pytest
from PIL import Image

from nas_tf.errors import UsageError
from nas_tf.tasks import _picture_values
from nas_tf.tasks.image_folder import read_picture

GREY = np.arange(6, dtype=np.uint8).reshape(2, 3) * 40
RGB = np.stack([GREY, GREY + 5, GREY + 9], axis=-1)
CLEAR = np.array([[0, 255, 255], [255, 255, 0]], np.uint8)


def laid(colours, alpha, on):
    return np.where(alpha[..., None] == 0, on, colours).astype(np.uint8)


def rgba():
    return Image.fromarray(np.dstack([RGB, CLEAR]))


def palette():
    picture = Image.fromarray(GREY // 40, "P")
    picture.putpalette(list(range(18)))
    return picture


EIGHT = {
    "rgb.png": (lambda: Image.fromarray(RGB), {}, RGB),
    "rgb.bmp": (lambda: Image.fromarray(RGB), {}, RGB),
    "grey.png": (lambda: Image.fromarray(GREY), {}, GREY),
    "opaque.png": (
        lambda: Image.fromarray(np.dstack([RGB, CLEAR | 255])),
        {},
        RGB,
    ),
    "rgba.png": (rgba, {}, laid(RGB, CLEAR, 255)),
    "rgba.tif": (rgba, {}, laid(RGB, CLEAR, 255)),
    "rgba.webp": (rgba, {"lossless": True}, laid(RGB, CLEAR, 255)),
    "la.png": (
        lambda: Image.fromarray(np.dstack([GREY, CLEAR])),
        {},
        np.where(CLEAR == 0, 255, GREY),
    ),
    "palette.png": (
        palette,
        {"transparency": 2},
        np.where(
            (GREY // 40 == 2)[..., None],
            255,
            np.arange(18).reshape(6, 3)[GREY // 40],
        ),
    ),
    "key.png": (
        lambda: Image.fromarray(RGB),
        {"transparency": (40, 45, 49)},
        laid(RGB, (RGB[..., 0] != 40).astype(np.uint8), 255),
    ),
    "deep.png": (lambda: Image.fromarray(GREY.astype("u2") * 257), {}, GREY),
    "deep.tif": (lambda: Image.fromarray(GREY.astype("u2") * 257), {}, GREY),
    "key16.png": (
        lambda: Image.fromarray(GREY.astype("u2") * 257),
        {"transparency": 40 * 257},
        np.where(GREY == 40, 255, GREY),
    ),
    "deep.pgm": (
        lambda: Image.fromarray(GREY.astype("i4") * 257),
        {},
        GREY,
    ),
    "numbers.tif": (
        lambda: Image.fromarray((GREY / 255).astype("f4")),
        {},
        GREY,
    ),
    "two.png": (lambda: Image.fromarray(GREY > 100), {}, (GREY > 100) * 255),
}


@pytest.mark.parametrize("name", EIGHT)
def test_pictures_become_values_of_eight_bits(tmp_path, name):
    make, options, wanted = EIGHT[name]
    make().save(tmp_path / name, **options)
    if wanted.ndim == 2:
        wanted = np.stack([wanted] * 3, axis=-1)
    found = read_picture(tmp_path / name, 3)
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, wanted)


def test_transparent_pictures_may_lie_on_black(tmp_path):
    rgba().save(tmp_path / "a.png")
    found = read_picture(tmp_path / "a.png", 3, "black")
    np.testing.assert_array_equal(found, laid(RGB, CLEAR, 0))
    assert read_picture(tmp_path / "a.png", 1)[0, 0, 0] == 255


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("ending", ["png", "tif", "webp"])
def test_pictures_are_turned_as_their_orientation_says(
    tmp_path, orientation, ending
):
    upright = Image.fromarray(RGB)
    undo = {6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    turn = _picture_values._TURNS.get(orientation)
    stored = upright
    if turn is not None:
        stored = upright.transpose(undo.get(orientation, turn))
    exif = Image.Exif()
    exif[0x0112] = orientation
    more = {"lossless": True} if ending == "webp" else {}
    path = tmp_path / f"a.{ending}"
    stored.save(path, exif=exif, **more)
    np.testing.assert_array_equal(read_picture(path, 3), RGB)


DEEP = {
    "whole.tif": GREY.astype("i4") * 1000,
    "bright.tif": GREY.astype("f4"),
    "missing.tif": np.full((2, 3), np.nan, "f4"),
}


@pytest.mark.parametrize("name", DEEP)
def test_values_of_unknown_depth_are_refused(tmp_path, name):
    Image.fromarray(DEEP[name]).save(tmp_path / name)
    with pytest.raises(UsageError, match="of 8 or 16 bits.*Received") as told:
        read_picture(tmp_path / name, 3)
    assert name in str(told.value) and "\n" not in str(told.value)


def test_a_broken_block_of_facts_does_not_matter(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(RGB).save(path, exif=b"Exif\0\0II*\0\xff\xff")
    np.testing.assert_array_equal(read_picture(path, 3), RGB)
