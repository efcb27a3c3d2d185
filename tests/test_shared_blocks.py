"""Paths of shared models are dropped whole, in training only."""

import keras
import numpy as np
import pytest

from nas_tf import registry
from nas_tf.children.shared_blocks import dropped


class Pictures:
    kind = "classification"
    input_shape = (8, 8, 1)
    num_outputs = 3


def test_an_example_is_dropped_or_divided_by_the_rest():
    keras.utils.set_random_seed(0)
    image = keras.Input((2, 3, 1))
    model = keras.Model(image, dropped(image, 0.25, "path"))
    x = np.ones((400, 2, 3, 1), np.float32)
    found = keras.ops.convert_to_numpy(model(x, training=True))
    # All of an example alike.
    assert np.ptp(found.reshape(400, -1), axis=1).max() == 0
    values, counts = np.unique(found.round(5), return_counts=True)
    np.testing.assert_allclose(values, [0, 1 / 0.75], atol=1e-5)
    assert abs(counts[0] / found.size - 0.25) < 0.07
    np.testing.assert_array_equal(model(x, training=False), x)
    assert dropped(image, 0, "path") is image


@pytest.mark.parametrize(
    "call, count",
    [
        ("nasbench201(channels=1, cells=1)", 3 * 6),
        ("enas_macro(num_layers=3, filters=2)", 3),
        ("enas_micro(num_blocks=1, num_repeats=1, filters=1)", 5 * 2),
    ],
)
def test_each_operation_of_a_network_has_a_path(call, count):
    space = registry.make("spaces", call)
    assert space.drops_paths
    model = space.build_shared(Pictures(), path_dropout=0.5)
    names = [x.name for x in model.layers if x.name.endswith("_dropped")]
    assert len(names) == count
