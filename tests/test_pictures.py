"""Pictures are prepared within a model as tasks prepare them in NumPy."""

import keras
import numpy as np
import pytest

from nas_tf.children import pictures
from nas_tf.tasks import pixels

# Height and width: of the size that is wanted, multiples, sizes whose areas
# have centres on their edges, larger and smaller ones.
SIZES = [(12, 12), (24, 24), (14, 21), (9, 40), (100, 75), (7, 5), (1, 1)]


def prepared(images, upsampled):
    resized = pixels.resize(images, 12)
    batch = pixels.whiten(resized)
    return pixels.centre_crop(batch) if upsampled else batch


@pytest.fixture(scope="module", params=[False, True])
def upsampled(request):
    return request.param


@pytest.fixture(scope="module")
def model(upsampled, tmp_path_factory):
    """The model, as it comes out of a file."""
    path = tmp_path_factory.mktemp("pictures") / "model.keras"
    pictures.preparation((12, 12, 3), upsampled).save(path)
    return keras.models.load_model(path)


@pytest.mark.parametrize("size", SIZES)
def test_pictures_of_any_size(model, upsampled, size):
    rng = np.random.default_rng(sum(size))
    images = rng.integers(0, 256, (2, *size, 3)).astype(np.uint8)
    found = keras.ops.convert_to_numpy(model(images))
    np.testing.assert_allclose(found, prepared(images, upsampled), atol=2e-5)


def test_sums_on_the_edge_of_rounding(model, upsampled):
    """Means of two, six and other even numbers of pixels often end in .5."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 2, (50, 72, 24, 3)).astype(np.uint8)
    found = keras.ops.convert_to_numpy(model(images))
    np.testing.assert_allclose(found, prepared(images, upsampled), atol=2e-5)


def test_a_picture_of_one_colour_stays_finite(model):
    images = np.full((1, 30, 30, 3), 255, np.uint8)
    np.testing.assert_array_equal(model(images), 0)


def test_height_and_width_may_differ():
    model = pictures.preparation((6, 9, 1), upsampled=True)
    images = np.random.default_rng(0).integers(0, 256, (2, 6, 9, 1))
    images = images.astype(np.uint8)
    wanted = pixels.centre_crop(pixels.whiten(images))
    found = keras.ops.convert_to_numpy(model(images))
    np.testing.assert_allclose(found, wanted, atol=2e-5)


def test_only_layers_of_keras_are_used(model):
    for layer in model.layers:
        assert type(layer).__module__.startswith("keras."), layer
