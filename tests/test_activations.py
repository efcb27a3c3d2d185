"""What training keeps of the forward pass, against formulas and by hand."""

import keras
import numpy as np
import pytest

from nas_tf import registry
from nas_tf.children.activations import activations

LAYERS = keras.layers


class Picture:
    input_shape = (9, 7, 3)
    num_outputs = 4


class Large:
    input_shape = (75, 40, 3)
    num_outputs = 4


@pytest.mark.parametrize("task", [Picture, Large])
@pytest.mark.parametrize(
    "options",
    [
        "num_layers=5, num_filters=(2, 3), strides=(1, 2), "
        "layer_types=('conv', 'max_pool', 'lcn')",
        "num_layers=2, block_size=3, pool_after=(2, 4)",
        "num_layers=6, pool_after=(1, 2, 4), strides=(1, 2)",
    ],
)
def test_a_built_network_keeps_what_the_formula_says(options, task):
    space = registry.make("spaces", f"conv({options})")
    rng = np.random.default_rng(0)
    for _ in range(2):
        row = tuple(decision.random(rng) for decision in space.decisions)
        spec = space.decode(row)
        kept = activations(space.build(spec, task))
        assert kept == space.num_activations(spec, task)


# Each with the shape of one example and what is kept by hand.
BY_HAND = [
    ([LAYERS.Conv2D(6, 3, padding="same")], (5, 5, 4), 100),
    ([LAYERS.Conv2D(6, 3, activation="relu")], (5, 5, 4), 100 + 54),
    (
        [
            LAYERS.Conv2D(6, 3, padding="same"),
            LAYERS.BatchNormalization(),
            LAYERS.ReLU(),
        ],
        (5, 5, 4),
        100 + 150 + 150,
    ),
    ([LAYERS.MaxPooling2D(2)], (4, 4, 3), 48 + 12),
    ([LAYERS.AveragePooling2D(2)], (4, 4, 3), 0),
    ([LAYERS.Flatten(), LAYERS.Dense(2)], (4, 4, 3), 48),
    ([LAYERS.Dense(2), LAYERS.Softmax()], (3,), 3 + 2),
    # A dimension of unknown length counts as 1.
    ([LAYERS.Dense(2)], (None, 3), 3),
    ([LAYERS.GRU(2)], (7, 5), 35 + 2),
]


@pytest.mark.parametrize("layers, shape, kept", BY_HAND)
def test_by_hand(layers, shape, kept):
    assert activations(keras.Sequential([keras.Input(shape), *layers])) == kept


def test_a_tensor_is_kept_once_and_a_concatenation_is_a_copy():
    inputs = keras.Input((5,))
    one, two = (LAYERS.Dense(2)(inputs) for _ in range(2))
    assert activations(keras.Model(inputs, [one, two])) == 5
    joined = LAYERS.Concatenate()([one, inputs])
    model = keras.Model(inputs, LAYERS.Dense(3)(joined))
    assert activations(model) == 5 + 7


def test_models_within_models_are_counted():
    inner = keras.Sequential([keras.Input((3,)), LAYERS.Dense(4, "relu")])
    inputs = keras.Input((3,))
    assert activations(keras.Model(inputs, inner(inputs))) == 3 + 4


def test_a_model_written_as_a_class_is_not_known():
    class Own(keras.Model):
        def call(self, inputs):
            return inputs

    assert activations(Own()) is None
