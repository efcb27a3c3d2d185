"""The language model around a recurrent cell."""

import types

import keras
import numpy as np
import pytest

from nas_tf import registry
from nas_tf.children.counting import count
from nas_tf.errors import UsageError
from nas_tf.skeletons.language_model import PARAMS
from nas_tf.skeletons.language_model import LanguageModelSkeleton
from nas_tf.specs.cost import CellSize

GRU = CellSize(3, biases=6)
TEXT = types.SimpleNamespace(num_outputs=11)
WORDS = types.SimpleNamespace(num_outputs=10_000)


def gru(units, initializer, recurrent_dropout):
    return keras.layers.GRU(
        units,
        kernel_initializer=initializer(),
        recurrent_initializer=initializer(),
        recurrent_dropout=recurrent_dropout,
        return_sequences=True,
        return_state=True,
    )


@pytest.mark.parametrize(
    "options",
    [
        {"units": 4},
        {"params": 3000, "num_layers": 3},
        {"units": 5, "shared_embeddings": True, "num_layers": 1},
        {"params": 3000, "embedding_size": 7},
    ],
)
def test_cost_is_that_of_the_built_model(options):
    skeleton = LanguageModelSkeleton(**options)
    model = skeleton.build(gru, GRU, TEXT)
    assert skeleton.cost(GRU, TEXT) == count(model)
    assert len(model.recurrent) == skeleton.num_layers
    units = skeleton.units_of(GRU, TEXT)
    assert [layer.units for layer in model.recurrent] == [
        units
    ] * skeleton.num_layers


def test_options_reach_the_model():
    skeleton = LanguageModelSkeleton(
        units=4,
        shared_embeddings=True,
        embedding_dropout=0.1,
        input_dropout=0.2,
        recurrent_dropout=0.3,
        output_dropout=0.4,
        init_range=0.7,
        output_scale=4.0,
    )
    model = skeleton.build(gru, GRU, TEXT)
    assert model.shared_embeddings is True
    assert model.embedding_dropout == 0.1
    assert model.input_dropout == 0.2
    assert model.output_dropout == 0.4
    assert model.init_range == 0.7
    assert model.output_scale == 4.0
    assert [layer.recurrent_dropout for layer in model.recurrent] == [0.3] * 2
    for layer in model.recurrent:
        kernel = keras.ops.convert_to_numpy(layer.cell.recurrent_kernel)
        assert 0.5 < abs(kernel).max() <= 0.7


def lstm(units, initializer, recurrent_dropout):
    return keras.layers.LSTM(
        units,
        kernel_initializer=initializer(),
        recurrent_initializer=initializer(),
        return_sequences=True,
        return_state=True,
    )


def weak(units, initializer, recurrent_dropout):
    """Returns an LSTM whose outputs are a fifth as large."""
    cell = Fifth(
        units,
        kernel_initializer=initializer(),
        recurrent_initializer=initializer(),
    )
    return keras.layers.RNN(cell, return_sequences=True, return_state=True)


class Fifth(keras.layers.Layer):
    """An LSTM's cell with smaller outputs."""

    def __init__(self, units, **options):
        super().__init__()
        self.cell = keras.layers.LSTMCell(units, **options)
        self.state_size = self.cell.state_size

    def call(self, inputs, states, training=False):
        output, states = self.cell(inputs, states, training=training)
        return output / 5, states


# Narrow weights too, with which outputs are 0.01.
@pytest.mark.parametrize("init_range", [0.05, 0.3])
def test_an_automatic_scale_makes_outputs_as_large_as_an_lstms(init_range):
    found = []
    for make in (lstm, weak):
        skeleton = LanguageModelSkeleton(
            units=32, init_range=init_range, output_scale=None
        )
        found.append(skeleton.build(make, GRU, TEXT).output_scale)
    assert found == [1.0, 5.0]


def test_an_automatic_scale_changes_no_weights():
    models = []
    for scale in (1, None):
        keras.utils.set_random_seed(0)
        skeleton = LanguageModelSkeleton(units=32, output_scale=scale)
        models.append(skeleton.build(gru, GRU, TEXT))
    plain, scaled = models
    for one, other in zip(plain.weights, scaled.weights, strict=True):
        np.testing.assert_array_equal(one, other)
    # The factor does not depend on what was drawn before.
    again = skeleton.build(gru, GRU, TEXT)
    assert again.output_scale == scaled.output_scale


def test_shared_weights_have_no_automatic_scale():
    skeleton = LanguageModelSkeleton(units=4, output_scale=None)
    with pytest.raises(UsageError, match="a number as `output_scale`"):
        skeleton.build(gru, GRU, TEXT, shared=True)


def test_the_default_is_the_papers_medium_size():
    skeleton = LanguageModelSkeleton()
    assert skeleton.kind == "language_model"
    assert PARAMS == 20_000_000
    params = skeleton.cost(CellSize(8), WORDS).params
    assert params == pytest.approx(PARAMS, rel=0.01)


def test_units_come_before_the_default_number_of_parameters():
    assert LanguageModelSkeleton(units=7).units_of(GRU, WORDS) == 7


@pytest.mark.parametrize(
    "options, message",
    [
        ("params=1, units=2", "Expected one of `params` and `units`"),
        ("params=0", "Expected `params` to be"),
        ("num_layers=0", "Expected `num_layers` to be"),
        ("embedding_size=0", "Expected `embedding_size` to be"),
        (
            "shared_embeddings=True, embedding_size=3",
            "Expected no `embedding_size`",
        ),
        ("shared_embeddings=1", "Expected `shared_embeddings` to be"),
        ("embedding_dropout=1", "Expected `embedding_dropout` to be"),
        ("init_range=0", "Expected `init_range` to be"),
        ("output_scale=0", "Expected `output_scale` to be"),
    ],
)
def test_wrong_options_are_refused_in_one_line(options, message):
    with pytest.raises(UsageError) as caught:
        registry.make("skeletons", f"language_model({options})")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_too_few_parameters_are_refused():
    with pytest.raises(UsageError, match="at least .*Received: 10"):
        LanguageModelSkeleton(params=10).cost(GRU, TEXT)
