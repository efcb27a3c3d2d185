import numpy as np

from nas_tf.strategies._columns import Columns
from nas_tf.strategies._neighbours import Neighbours
from tests import toy
from tests.strategies import LAYERS
from tests.strategies import TARGET

SPACE = toy.ToySpace()


def test_a_row_is_read_as_ones_and_zeros():
    columns = Columns(SPACE.decisions)
    found = columns.read([(2, 1, 1, 5, 0), (1, 0)], Neighbours(SPACE))
    assert found.tolist() == [
        [0, 0, 1] + [1] + [0, 1] + [1, 0, 1] + [1, 0, 0],
        [0, 1, 0] + [0] + [0, 0] + [0, 0, 0] + [0, 0, 0],
    ]


def test_decisions_without_effect_are_not_read():
    row = (0, *TARGET[1:])
    same = (*row[:3], (row[3] + 1) % 3, *row[4:])
    columns = Columns(LAYERS.decisions)
    one, other = columns.read([row, same], Neighbours(LAYERS))
    np.testing.assert_array_equal(one, other)
