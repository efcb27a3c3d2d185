"""From an opened picture file to the 8-bit values that networks are given.

docs/data.md has the same as a table. A copy of this file lies beside the script
`predict.py` of a trained model, so it imports nothing else of its package.
"""

import numpy as np
from PIL import Image

# What transparent pictures are laid on, by the option `background`.
BACKGROUNDS = {"white": 255, "black": 0}
WHITE = "white"
_ORIENTATION = 0x0112  # EXIF's tag.
_BITS_PER_SAMPLE = 258  # TIFF's tag.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Unreadable(ValueError):
    """Says in one line why a picture has no 8-bit values."""


def values(picture, channels, background=WHITE):
    """Returns a picture as `[height, width, channels]` uint8.

    A picture is turned as its EXIF orientation says. Where it is transparent,
    the background shows. Values of 16 bits lose their lower 8; numbers in [0,
    1] are multiplied by 255 and rounded.

    Args:
        picture: `PIL.Image.Image` as `PIL.Image.open` returns it.
        channels: 3 for RGB, 1 for grey.
        background: One of `BACKGROUNDS`. Default: "white".

    Raises:
        Unreadable: If values are of another depth: whole numbers of 32 bits,
            or numbers outside [0, 1].
    """
    # Opening a TIFF file turns it and removes the tag only when it is loaded.
    picture.load()
    turn = _TURNS.get(_orientation(picture))
    grey = BACKGROUNDS[background]
    if picture.mode[0] in "IF":
        plain = _eight_bits(picture, grey)
    elif picture.has_transparency_data:
        plain = Image.new("RGBA", picture.size, (grey, grey, grey, 255))
        plain.alpha_composite(picture.convert("RGBA"))
    else:
        plain = picture
    converted = plain.convert("RGB" if channels == 3 else "L")
    if turn is not None:
        converted = converted.transpose(turn)
    array = np.asarray(converted)
    return array.reshape(*array.shape[:2], channels)


def _orientation(picture):
    try:
        return picture.getexif().get(_ORIENTATION)
    # A broken block of facts does not make a picture unreadable, and Pillow
    # raises nearly any kind of error for one.
    except Exception:
        return None


def _eight_bits(picture, background):
    """Returns a grey picture of more than 8 bits as one of 8."""
    numbers = np.asarray(picture)
    if picture.mode == "F":
        if not (numbers >= 0).all() or not (numbers <= 1).all():
            raise _too_deep("numbers", numbers)
        return Image.fromarray(np.rint(255 * numbers).astype(np.uint8))
    # Pillow has 16 bits as whole numbers of 32 for some formats.
    if picture.mode == "I" and picture.format not in ("PNG", "PPM"):
        raise _too_deep("whole numbers of 32 bits", numbers)
    bits = getattr(picture, "tag_v2", {}).get(_BITS_PER_SAMPLE, (16,))[0]
    eight = (numbers >> max(0, bits - 8)).astype(np.uint8)
    clear = picture.info.get("transparency")
    if isinstance(clear, int):
        eight[numbers == clear] = background
    return Image.fromarray(eight)


def _too_deep(what, numbers):
    return Unreadable(
        f"Expected pictures of 8 or 16 bits, or of numbers in [0, 1]. "
        f"Received: {what} from {numbers.min():g} to {numbers.max():g}"
    )
