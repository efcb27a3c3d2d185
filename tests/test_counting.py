"""The size of built models, against formulas and by hand."""

import random

import keras
import numpy as np
import pytest

from nas_tf import registry
from nas_tf.children.counting import count
from nas_tf.children.counting import undisturbed

LAYERS = keras.layers


class Picture:
    input_shape = (9, 7, 3)
    num_outputs = 4


class Text:
    input_shape = (5,)
    num_outputs = 11


@pytest.mark.parametrize(
    "call, task",
    [
        (
            "conv(num_layers=5, num_filters=(2, 3), strides=(1, 2), "
            "layer_types=('conv', 'max_pool', 'lcn'))",
            Picture,
        ),
        ("conv(num_layers=2, block_size=3, pool_after=(2, 4))", Picture),
        ("nasbench201(channels=2, cells=1)", Picture),
        ("tree(base=5, units=6, num_layers=3)", Text),
        ("tree(base=2, units=3, use_bias=True)", Text),
        ("tree(base=3, params=3000, shared_embeddings=True)", Text),
        ("recurrent(skeleton='language_model(units=5)')", Text),
    ],
)
def test_a_built_model_has_the_size_that_formulas_say(call, task):
    space = registry.make("spaces", call)
    rng = np.random.default_rng(0)
    for _ in range(4):
        row = tuple(decision.random(rng) for decision in space.decisions)
        spec = space.decode(row)
        assert count(space.build(spec, task)) == space.cost(spec, task)


# Each with the shape of one example and the multiply-adds by hand.
BY_HAND = [
    (LAYERS.Conv2D(6, (3, 2), 2, padding="same"), (9, 8, 4), 5 * 4 * 6 * 24),
    (LAYERS.Conv2D(6, 3, groups=2, padding="same"), (5, 5, 4), 25 * 9 * 2 * 6),
    (LAYERS.Conv1D(6, 3), (10, 4), 8 * 3 * 4 * 6),
    (LAYERS.DepthwiseConv2D(3, padding="same"), (5, 5, 4), 25 * 9 * 4),
    (
        LAYERS.SeparableConv2D(6, 3, 2, padding="same"),
        (6, 6, 4),
        9 * (9 * 4 + 4 * 6),
    ),
    (LAYERS.Conv2DTranspose(6, 2, 2), (5, 5, 4), 25 * 4 * 4 * 6),
    (LAYERS.Dense(3), (5,), 15),
    (LAYERS.Dense(3), (7, 5), 7 * 15),
    (LAYERS.TimeDistributed(LAYERS.Dense(3)), (7, 5), 7 * 15),
    (LAYERS.LSTM(3), (7, 5), 7 * 4 * 3 * (5 + 3)),
    (LAYERS.GRU(3), (7, 5), 7 * 3 * 3 * (5 + 3)),
    (LAYERS.SimpleRNN(3), (None, 5), 3 * (5 + 3)),
    (LAYERS.Bidirectional(LAYERS.GRU(3)), (7, 5), 2 * 7 * 3 * 3 * (5 + 3)),
    (
        LAYERS.RNN([LAYERS.LSTMCell(3), LAYERS.GRUCell(2)]),
        (7, 5),
        7 * (4 * 3 * (5 + 3) + 3 * 2 * (3 + 2)),
    ),
    (LAYERS.BatchNormalization(), (5, 5, 4), 0),
    (LAYERS.LayerNormalization(), (5,), 0),
    (LAYERS.Embedding(10, 3), (7,), 0),
    (LAYERS.Dropout(0.5), (7,), 0),
    (LAYERS.ConvLSTM1D(2, 3), (7, 5, 3), None),
    (LAYERS.EinsumDense("ab,bc->ac", 3), (5,), None),
]


@pytest.mark.parametrize(
    "layer, shape, adds", BY_HAND, ids=lambda value: getattr(value, "name", "")
)
def test_multiply_adds_by_hand(layer, shape, adds):
    model = keras.Sequential([keras.Input(shape), layer])
    cost = count(model)
    assert cost.multiply_adds == adds
    assert cost.params == sum(
        int(np.prod(v.shape)) for v in layer.trainable_variables
    )


def test_a_projection_of_a_cell_is_a_product():
    from nas_tf.layers.nas_cell import NAS

    model = keras.Sequential([keras.Input((7, 5)), NAS(4, projection=3)])
    assert count(model).multiply_adds == 7 * (8 * 4 * (5 + 3) + 4 * 3)


def test_a_layer_called_twice_has_its_weights_once():
    dense = LAYERS.Dense(3, use_bias=False)
    inputs = keras.Input((3,))
    cost = count(keras.Model(inputs, dense(dense(inputs))))
    assert cost == (9, 18)


def test_calls_of_another_model_are_not_counted():
    dense = LAYERS.Dense(3, use_bias=False)
    one, other = keras.Input((3,)), keras.Input((3,))
    model = keras.Model(one, dense(one))
    keras.Model(other, dense(dense(other)))
    assert count(model) == (9, 9)


def test_models_within_models_are_counted():
    inner = keras.Sequential([keras.Input((3,)), LAYERS.Dense(3)])
    inputs = keras.Input((3,))
    assert count(keras.Model(inputs, inner(inner(inputs)))) == (12, 18)


@pytest.mark.parametrize(
    "join",
    [
        LAYERS.Dot(1),
        lambda pair: keras.ops.matmul(*pair),
        lambda pair: keras.ops.einsum("bij,bjk->bik", *pair),
    ],
)
def test_products_without_weights_are_not_known(join):
    inputs = keras.Input((4, 4))
    dense = LAYERS.Dense(4)(inputs)
    assert count(keras.Model(inputs, join([inputs, dense]))) == (20, None)


def test_a_model_written_as_a_class_is_not_known():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = LAYERS.Dense(3)

        def call(self, inputs):
            return self.dense(inputs)

    model = Own()
    model(np.zeros((1, 3)))
    assert count(model) == (12, None)


def built():
    """Returns names and weights of a model that draws all sorts of seeds."""
    model = keras.Sequential(
        [
            keras.Input((3,)),
            LAYERS.Dense(3, kernel_initializer="he_normal"),
            LAYERS.Dropout(0.5),
        ]
    )
    values = [keras.ops.convert_to_numpy(v) for v in model.variables]
    drawn = keras.ops.convert_to_numpy(keras.random.uniform((3,)))
    names = [layer.name for layer in model.layers]
    return names, [*values, drawn, random.random(), np.random.random()]


def test_what_is_built_later_is_not_disturbed():
    keras.utils.clear_session()
    keras.utils.set_random_seed(3)
    first = built()
    later = built()
    keras.utils.clear_session()
    keras.utils.set_random_seed(3)
    with undisturbed():
        built()
    for wanted in (first, later):
        with undisturbed():
            built()
        names, values = built()
        assert names == wanted[0]
        for found, value in zip(values, wanted[1]):
            np.testing.assert_array_equal(found, value)
