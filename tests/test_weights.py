import keras
import numpy as np
import pytest

from nas_tf.children import weights


def make(sizes, seed):
    keras.utils.set_random_seed(seed)
    x = y = keras.Input((3,))
    for name, size in sizes.items():
        y = keras.layers.Dense(size, name=name)(y)
        y = keras.layers.BatchNormalization(name=f"{name}_norm")(y)
    return keras.Model(x, y)


def test_layers_of_equal_names_get_equal_weights():
    source, target = (
        make({"a": 4, "b": 2, "c": 5}, 0),
        make({"a": 4, "b": 2}, 1),
    )
    source.get_layer("a_norm").moving_mean.assign([1, 2, 3, 4])
    weights.copy_by_name(source, target)
    for layer in filter(lambda layer: layer.weights, target.layers):
        for value, wanted in zip(
            layer.get_weights(), source.get_layer(layer.name).get_weights()
        ):
            np.testing.assert_array_equal(value, wanted)


@pytest.mark.parametrize("sizes", [{"a": 3, "b": 2}, {"a": 4, "d": 2}])
def test_a_layer_without_a_counterpart_is_an_error(sizes):
    with pytest.raises(ValueError):
        weights.copy_by_name(make({"a": 4, "b": 2}, 0), make(sizes, 1))
