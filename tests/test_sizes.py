"""Formulas for the size of language models, against built ones."""

import keras
import pytest

from nas_tf.children.counting import count as count_built
from nas_tf.children.language_model import LanguageModel
from nas_tf.children.sizes import language_model
from nas_tf.children.sizes import units_for
from nas_tf.errors import UsageError
from nas_tf.layers.nas_cell import NAS
from nas_tf.specs.cost import CellSize

SYMBOLS = 11
COUNTED = [
    {"units": 4, "num_layers": 2},
    {"units": 4, "num_layers": 2, "shared_embeddings": True},
    {"units": 1, "num_layers": 1, "shared_embeddings": True},
    {"units": 5, "num_layers": 3, "embedding_size": 7},
]
CELLS = [
    (keras.layers.LSTM, {"use_bias": False}, CellSize(4)),
    (keras.layers.LSTM, {}, CellSize(4, biases=4)),
    (keras.layers.GRU, {}, CellSize(3, biases=6)),
    (keras.layers.SimpleRNN, {}, CellSize(1, biases=1)),
    (NAS, {}, CellSize(8)),
    (NAS, {"use_bias": True}, CellSize(8, biases=8)),
]


@pytest.mark.parametrize("layer, options, cell", CELLS)
@pytest.mark.parametrize("size", COUNTED, ids=str)
def test_cost_is_that_of_the_built_model(size, layer, options, cell):
    cost = language_model(**size, num_symbols=SYMBOLS, cell=cell)
    size = dict(size)
    units, num_layers = size.pop("units"), size.pop("num_layers")
    layers = [
        layer(units, return_sequences=True, return_state=True, **options)
        for _ in range(num_layers)
    ]
    model = LanguageModel(layers, SYMBOLS, **size)
    assert cost == count_built(model)
    assert cost.params == model.count_params()


# Zoph & Le 2017, table 2, and its medium size: see section 4.2.
SIZES = [
    (20_000_000, False, 538),
    (32_000_000, False, 735),
    (25_000_000, True, 741),
    (54_000_000, True, 1152),
]


@pytest.mark.parametrize("budget, shared, expected", SIZES)
def test_the_papers_sizes(budget, shared, expected):
    def count(units):
        return language_model(
            units,
            num_layers=2,
            num_symbols=10_000,
            cell=CellSize(8),
            shared_embeddings=shared,
        ).params

    units = units_for(budget, count)
    assert abs(units - expected) <= 1
    assert abs(count(units) / budget - 1) < 0.01
    distances = [abs(count(n) - budget) for n in range(units - 2, units + 3)]
    assert min(distances) == distances[2]


@pytest.mark.parametrize(
    "budget, units", [(1, 1), (2, 1), (3, 2), (9, 3), (12, 3), (13, 4)]
)
def test_units_are_the_nearest(budget, units):
    assert units_for(budget, lambda n: n * n) == units


@pytest.mark.parametrize("budget", [0, 4, -1, True, 10.0, None])
def test_a_budget_below_one_unit_is_refused(budget):
    with pytest.raises(UsageError, match="Expected .* 5 .*Received") as caught:
        units_for(budget, lambda n: 5 * n)
    assert "\n" not in str(caught.value)
