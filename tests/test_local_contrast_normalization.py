import keras
import numpy as np

from nas_tf.layers.local_contrast_normalization import (
    LocalContrastNormalization,
)
from tests.backends import gradients


def test_flat_pictures_become_zero():
    layer = LocalContrastNormalization((3, 3))
    out = np.array(layer(np.full((2, 5, 5, 3), 7.0, np.float32)))
    np.testing.assert_allclose(out, 0, atol=1e-4)


def test_flat_parts_have_a_gradient():
    image = np.zeros((1, 8, 8, 1), np.float32)
    image[:, :, 5:, 0] = np.arange(3)
    layer = LocalContrastNormalization((3, 3))
    [found] = gradients(lambda x: keras.ops.sum(layer(x) ** 2), [], [image])
    assert np.isfinite(found).all() and np.abs(found).max() > 0


def test_contrast_does_not_depend_on_brightness_or_scale():
    layer = LocalContrastNormalization((3, 5))
    image = np.random.default_rng(0).normal(size=(1, 8, 8, 2))
    image = image.astype(np.float32)
    np.testing.assert_allclose(
        np.array(layer(10 * image + 5)), np.array(layer(image)), atol=1e-4
    )


def test_against_loops():
    image = np.random.default_rng(1).normal(size=(6, 5, 2)).astype(np.float32)

    def local_mean(values):
        out = np.zeros(values.shape[:2])
        for i in range(values.shape[0]):
            for j in range(values.shape[1]):
                # Windows are cut off at the border.
                window = values[max(0, i - 1) : i + 2, max(0, j - 1) : j + 2]
                out[i, j] = window.mean()
        return out[..., None]

    centred = image - local_mean(image)
    deviation = np.sqrt(local_mean(centred**2))
    expected = centred / np.maximum(deviation, deviation.mean())
    layer = LocalContrastNormalization((3, 3))
    np.testing.assert_allclose(
        np.array(layer(image[None]))[0], expected, atol=1e-5
    )


def test_configuration_round_trip():
    layer = LocalContrastNormalization((3, 5), name="lcn")
    same = keras.layers.deserialize(keras.layers.serialize(layer))
    assert same.window == (3, 5)
