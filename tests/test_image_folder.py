"""Files of pictures; `test_tasks.py` has more of the task."""

import numpy as np
import pytest
from PIL import Image

from nas_tf.errors import UsageError
from nas_tf.tasks.image_folder import read_picture


@pytest.mark.parametrize("channels", [1, 3])
def test_pictures_get_the_channels_that_are_wanted(tmp_path, channels):
    grey = np.arange(6, dtype=np.uint8).reshape(2, 3)
    for picture in (grey, np.stack([grey] * 3, axis=-1), grey.astype("uint16")):
        shift = 8 if picture.dtype == np.uint16 else 0
        path = tmp_path / "picture.png"
        Image.fromarray(picture << shift).save(path)
        found = read_picture(path, channels)
        assert found.dtype == np.uint8 and found.shape == (2, 3, channels)
        for channel in range(channels):
            np.testing.assert_array_equal(found[:, :, channel], grey)


def test_a_broken_picture_is_told_in_one_line(tmp_path):
    (tmp_path / "picture.png").write_bytes(b"no picture")
    with pytest.raises(UsageError, match="picture.png, which cannot") as told:
        read_picture(tmp_path / "picture.png", 3)
    assert "\n" not in str(told.value)
