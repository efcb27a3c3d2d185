"""The published networks: their sizes, and that Keras's compute the same."""

import math

import keras
import numpy as np
import pytest

from nas_tf import applications
from nas_tf.specs.image_cell import Block
from nas_tf.specs.image_cell import ImageCell
from nas_tf.specs.nasnet import NASNetSpec


def test_a_network_of_any_cells():
    keras.utils.clear_session()
    cell = ImageCell((Block(0, "identity", 1, "conv_1x1"),))
    model = applications.NASNet(
        NASNetSpec(cell, cell), 1, 4, (16, 16, 1), 5, dropout=0.5
    )
    assert model.name == "nasnet"
    assert model.output_shape == (None, 5)


@pytest.mark.slow
def test_shapes_of_the_network_for_cifar():
    keras.utils.clear_session()
    model = applications.NASNetACifar()
    assert model.count_params() == 3383786
    assert model.output_shape == (None, 10)
    shapes = {
        "stem_batch_norm": (32, 96),
        "cell_0_concat": (32, 192),
        "cell_5_concat": (32, 192),
        "reduction_cell_1_concat": (16, 256),
        "cell_6_concat": (16, 384),
        "reduction_cell_2_concat": (8, 512),
        "cell_17_concat": (8, 768),
    }
    for name, (size, filters) in shapes.items():
        shape = model.get_layer(name).output.shape
        assert shape == (None, size, size, filters)


def spread(model, seed):
    """Sets weights at which outputs differ from example to example."""
    rng = np.random.default_rng(seed)
    values = []
    for variable in model.weights:
        value = np.array(variable)
        noise = rng.normal(size=value.shape).astype("float32")
        if "variance" in variable.path or "gamma" in variable.path:
            value = 1 + 0.1 * np.abs(noise)
        elif value.ndim == 1:
            value = 0.1 * noise
        values.append(value)
    model.set_weights(values)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("size, classes", [(224, 1000), (96, 7)])
def test_it_computes_what_keras_does(size, classes):
    keras.utils.clear_session()
    keras.utils.set_random_seed(0)
    shape = (size, size, 3)
    theirs = keras.applications.NASNetMobile(
        shape, weights=None, classes=classes
    )
    ours = applications.NASNetMobile(shape, classes)
    spread(theirs, 0)
    ours.set_weights(theirs.get_weights())
    if classes == 1000:
        assert ours.count_params() == 5326716
        trainable = ours.trainable_variables
        assert sum(math.prod(v.shape) for v in trainable) == 5289978
    x = np.random.default_rng(1).uniform(-1, 1, (2, *shape)).astype("float32")
    wanted = np.array(theirs(x))
    assert np.abs(wanted[0] - wanted[1]).max() > 1e-4
    np.testing.assert_allclose(np.array(ours(x)), wanted, atol=1e-5)
