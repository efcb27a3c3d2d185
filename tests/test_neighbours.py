import numpy as np

from nas_tf.decisions import Categorical
from nas_tf.decisions import Pointer
from nas_tf.decisions import Subset
from nas_tf.strategies._neighbours import Neighbours
from nas_tf.strategies._neighbours import others
from tests import toy
from tests.strategies import LAYERS
from tests.strategies import TARGET

SPACE = toy.ToySpace()


def test_a_step_is_any_other_choice_or_one_bit():
    assert others(Categorical("op", 4), 1) == [0, 2, 3]
    assert others(Pointer(3), 2) == [0, 1]
    assert others(Subset(3), 0b101) == [0b100, 0b111, 0b001]
    assert others(Categorical("one", 1), 0) == others(Subset(0), 0) == []


def test_neighbours_are_all_rows_one_step_away():
    row = (2, 1, 1, 3, 1)
    found = list(Neighbours(SPACE).of(row))
    assert len(found) == len(set(found)) == 2 + 1 + 1 + 3 + 2
    assert found == [
        other
        for at, decision in enumerate(SPACE.decisions)
        for action in others(decision, row[at])
        for other in [row[:at] + (action,) + row[at + 1 :]]
    ]


def test_a_prefix_has_neighbours_of_its_length():
    found = list(Neighbours(SPACE).of((2, 1)))
    assert found == [(0, 1), (1, 1), (2, 0)]


def test_decisions_without_effect_are_left_alone():
    # The fourth decision of a layer has an effect unless the first is 0.
    row = (0, *TARGET[1:])
    near = Neighbours(LAYERS)
    assert {other[3] for other in near.of(row)} == {row[3]}
    rng = np.random.default_rng(0)
    walked = [near.one_of(row, rng) for _ in range(200)]
    assert set(walked) == set(near.of(row))
    assert near.key(row) == near.key((*row[:3], row[3] ^ 1, *row[4:]))
    assert near.key(row) != near.key((1, *row[1:]))
    np.testing.assert_array_equal(near.mask([row])[0], LAYERS.active(row))


def test_what_cannot_be_changed_stays():
    near = Neighbours(toy.ToySpace(width=1))
    assert near.one_of((0,), np.random.default_rng(0)) == (0,)
    assert list(near.of((0,))) == []
