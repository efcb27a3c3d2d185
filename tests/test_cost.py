"""Sizes of recurrent cells."""

import keras
import pytest

from nas_tf.layers.nas_cell import NASCell
from nas_tf.specs.cost import CellSize
from nas_tf.specs.cost import Cost


def test_size_by_hand():
    assert CellSize(2).cost(3, 5) == Cost(80, 80)
    assert CellSize(2, biases=3).cost(3, 5) == Cost(95, 80)


@pytest.mark.parametrize(
    "cell, size",
    [
        (keras.layers.LSTMCell, CellSize(4, biases=4)),
        (keras.layers.GRUCell, CellSize(3, biases=6)),
        (keras.layers.SimpleRNNCell, CellSize(1, biases=1)),
        (NASCell, CellSize(8)),
    ],
)
def test_parameters_are_those_of_the_cell(cell, size):
    built = cell(5)
    built.build((None, 3))
    assert size.cost(3, 5).params == built.count_params()
