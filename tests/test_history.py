import numpy as np

from nas_tf.decisions import Categorical
from nas_tf.decisions import Pointer
from nas_tf.decisions import Subset
from nas_tf.strategies._history import pack
from nas_tf.strategies._history import random_rows
from nas_tf.strategies._history import unpack
from tests import toy


def test_rows_of_any_length_survive_packing():
    for rows in ([], [()], [(1, 2), (3, 4)], [(1,), (2, 0, 2**62), ()]):
        assert unpack(pack(rows)) == rows


def test_rows_drawn_at_once_are_what_each_decision_draws():
    # Also those that take no random number, and those that take 64 bits.
    decisions = (Categorical("one", 1), Subset(0), Pointer(3), Subset(62))
    decisions += toy.ToySpace().decisions + (Subset(32), Categorical("op", 7))
    one, other = np.random.default_rng(5), np.random.default_rng(5)
    singly = [tuple(d.random(one) for d in decisions) for _ in range(50)]
    assert random_rows(decisions, 50, other) == singly
    assert one.random() == other.random()
    assert random_rows((), 2, other) == [(), ()]
