import numpy as np
import pytest

from nas_tf.decisions import Subset
from nas_tf.strategies._history import pack
from nas_tf.strategies._neighbours import Neighbours
from nas_tf.strategies._neighbours import others
from nas_tf.strategies.local_search import LocalSearch
from tests import toy
from tests.strategies import Layers
from tests.strategies import trial

SPACE = toy.ToySpace()
LENGTH = len(SPACE.decisions)
EVERYTHING = SPACE.all_actions()


def started(strategy, space=SPACE):
    strategy.start(space, seed=1)
    return strategy


def differences(one, two):
    return [at for at, pair in enumerate(zip(one, two)) if len(set(pair)) > 1]


def proposed(strategy, count, seed=0, length=LENGTH):
    return [s.actions for s in strategy.propose(count, length, seed)]


def neighbours(row):
    return [
        other
        for other in EVERYTHING
        if [*differences(row, other)] in ([0], [1], [2], [4])
        or (differences(row, other) == [3] and one_bit(row[3] ^ other[3]))
    ]


def one_bit(mask):
    return mask & (mask - 1) == 0


def test_neighbours_differ_in_one_decision_or_bit():
    strategy = started(LocalSearch())
    for row in EVERYTHING[::17]:
        assert sorted(strategy._near.of(row)) == neighbours(row)
    wide = Subset(62)
    assert len(others(wide, 2**61)) == 62


def summit(row, seen):
    """Returns the local optimum among seen rows, and its neighbours."""
    while True:
        around = neighbours(row)
        known = [other for other in around if other in seen]
        best = max([row, *known], key=toy.toy_reward)
        if best == row:
            return row, around
        row = best


@pytest.mark.parametrize("count", [1, 8])
def test_leaves_optima_only_and_tries_nothing_twice(count):
    strategy = started(LocalSearch())
    seen, place = [], None
    for number in range(200 // count):
        rows = proposed(strategy, count, seed=number)
        seen += rows
        strategy.update([trial(row, toy.toy_reward(row)) for row in rows])
        left, place = place, strategy._here
        if left is None:
            continue
        if place is None or toy.toy_reward(place) < toy.toy_reward(left):
            top, around = summit(left, seen)
            assert set(around) <= set(seen)
            assert place not in {top, *around}
    assert len(set(seen)) == len(seen)


def test_goes_to_the_best_of_a_batch_but_not_to_an_equal():
    strategy = started(LocalSearch())
    strategy.update([trial(EVERYTHING[0], 0.5)])
    near = neighbours(EVERYTHING[0])
    strategy.update([trial(near[0], 0.5), trial(near[1], 0.4)])
    assert strategy._here == EVERYTHING[0]
    strategy.update([trial(near[2], 0.7), trial(near[3], 0.8)])
    assert strategy._here == near[3]


def test_walks_over_what_it_knows():
    strategy = started(LocalSearch())
    a, b, c = (0, 0, 0, 0, 0), (1, 0, 0, 0, 0), (1, 1, 0, 0, 0)
    far = (2, 1, 1, 7, 2)
    strategy.update([trial(far, 0.9), trial(c, 0.5), trial(b, 0.4)])
    assert strategy._here == far
    # All neighbours are worse, so the search continues from the best of the
    # rest, and moves on to a better neighbour that is already known.
    around = [trial(row, 0.1) for row in neighbours(far)]
    strategy.update([*around, trial(a, 0.3)])
    assert strategy._here == c


def test_an_exhausted_space_goes_round():
    strategy = started(LocalSearch())
    strategy.update([trial(row, toy.toy_reward(row)) for row in EVERYTHING])
    assert strategy._here is None
    assert len(proposed(strategy, 8)) == 8


def test_neighbours_of_no_consequence_are_not_tried(monkeypatch):
    active = np.array([True, False, True, True, True])
    monkeypatch.setattr(toy.ToySpace, "active", lambda *_: active)
    strategy = started(LocalSearch())
    strategy.update([trial(EVERYTHING[0], 0.5)])
    rows = proposed(strategy, 8)
    assert all(1 not in differences(EVERYTHING[0], row) for row in rows)


def test_a_deeper_search_begins_where_the_shallow_one_was():
    strategy = started(LocalSearch())
    short = (2, 1, 1)
    strategy.update([trial(short, 0.9)])
    rows = proposed(strategy, 8)
    assert {row[:3] for row in rows} == {short}
    strategy.update([trial(row, 0.1) for row in rows])
    assert strategy._here == rows[0]
    # The search does not move to a batch that finishes late.
    strategy.update([trial((0, 0, 0), 1.0)])
    assert strategy._here == rows[0]


def test_an_architecture_is_not_tried_again_by_other_rows():
    space = Layers()
    strategy = started(LocalSearch(), space)
    key = Neighbours(space).key
    seen = []
    for number in range(40):
        rows = proposed(strategy, 8, seed=number, length=len(space.decisions))
        keys = list(map(key, rows))
        seen += keys
        strategy.update(
            [trial(row, hash(k) % 97 / 97) for row, k in zip(rows, keys)]
        )
        # What is restored goes on in the same way.
        state, strategy = strategy.state(), started(LocalSearch(), space)
        strategy.set_state(state)
    assert len(set(seen)) == len(seen)


def test_a_state_with_several_rows_of_an_architecture_is_read():
    space = Layers()
    strategy = started(LocalSearch(), space)
    rows = [(0, 0, 0, size) * 3 for size in range(3)]
    strategy.set_state(
        {
            "rows": pack(rows),
            "rewards": np.array([0.2, 0.5, 0.1]),
            "here": pack(rows[1:2]),
        }
    )
    assert strategy._here == rows[1]
    scalars = strategy.update([trial((1, 0, 0, 0) * 3, 0.1)])
    assert scalars == {"local_search/tried": 2, "local_search/reward": 0.2}
