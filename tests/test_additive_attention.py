"""Attention of one hidden layer."""

import keras
import numpy as np
from keras import ops

from nas_tf.layers.additive_attention import AdditiveAttention
from tests.recurrent import normal


def test_weights_are_those_of_the_formula():
    layer = AdditiveAttention(5)
    layer.build((None, 3), (None, None, 4))
    assert ops.convert_to_numpy(layer.scale) == np.float32(1 / np.sqrt(5))
    weights = [
        normal(*weight.shape, seed=seed)
        for seed, weight in enumerate(layer.weights)
    ]
    layer.set_weights(weights)
    query, memory = normal(2, 3), normal(2, 6, 4)
    mask = np.arange(6) < np.array([[6], [2]])
    memory = ops.convert_to_tensor(memory)
    context, found = layer(
        ops.convert_to_tensor(query),
        layer.keys(memory),
        memory,
        ops.convert_to_tensor(mask),
    )
    memory = ops.convert_to_numpy(memory)
    of_query, of_memory, vector, scale, bias = weights
    hidden = np.tanh((query @ of_query)[:, None] + memory @ of_memory + bias)
    scores = hidden @ (scale * vector / np.linalg.norm(vector))
    expected = np.exp(scores) * mask
    expected /= expected.sum(axis=1, keepdims=True)
    found = ops.convert_to_numpy(found)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert (found[1, 2:] == 0).all()
    np.testing.assert_allclose(
        ops.convert_to_numpy(context),
        np.einsum("bs,bsm->bm", expected, memory),
        atol=1e-5,
    )


def test_it_is_made_again_from_its_configuration():
    layer = AdditiveAttention(5, keras.initializers.RandomUniform(-0.5, 0.5))
    again = AdditiveAttention.from_config(layer.get_config())
    assert again.units == 5
    assert again.initializer.maxval == 0.5
