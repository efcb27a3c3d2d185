"""Strategies without a controller: evolution, local search, Optuna."""

import collections
import sys

import numpy as np
import pytest

from nas_tf.decisions import Categorical
from nas_tf.decisions import Pointer
from nas_tf.decisions import Subset
from nas_tf.errors import UsageError
from nas_tf.strategies import local_search
from nas_tf.strategies import optuna as adapter
from nas_tf.strategies._history import pack
from nas_tf.strategies._history import random_rows
from nas_tf.strategies._history import unpack
from nas_tf.strategies.local_search import LocalSearch
from nas_tf.strategies.optuna import Optuna
from nas_tf.strategies.regularized_evolution import RegularizedEvolution
from nas_tf.trial import OK
from nas_tf.trial import Proposal
from nas_tf.trial import Result
from nas_tf.trial import Trial
from tests import toy

SPACE = toy.ToySpace()
LENGTH = len(SPACE.decisions)
EVERYTHING = SPACE.all_actions()


def trial(actions, reward, number=0):
    proposal = Proposal(number, 0, tuple(actions), 0.0, 0)
    return Trial(number, proposal, Result(OK, reward))


def started(strategy, space=SPACE):
    strategy.start(space, seed=1)
    return strategy


def differences(one, two):
    return [at for at, pair in enumerate(zip(one, two)) if len(set(pair)) > 1]


def proposed(strategy, count, seed=0, length=LENGTH):
    return [s.actions for s in strategy.propose(count, length, seed)]


def test_rows_of_any_length_survive_packing():
    for rows in ([], [()], [(1, 2), (3, 4)], [(1,), (2, 0, 2**62), ()]):
        assert unpack(pack(rows)) == rows


def test_rows_drawn_at_once_are_what_each_decision_draws():
    # Also those that take no random number, and those that take 64 bits.
    decisions = (Categorical("one", 1), Subset(0), Pointer(3), Subset(62))
    decisions += SPACE.decisions + (Subset(32), Categorical("op", 7))
    one, other = np.random.default_rng(5), np.random.default_rng(5)
    singly = [tuple(d.random(one) for d in decisions) for _ in range(50)]
    assert random_rows(decisions, 50, other) == singly
    assert one.random() == other.random()
    assert random_rows((), 2, other) == [(), ()]


# Evolution.


def evolved(rewards, rows=EVERYTHING, **options):
    """Returns a strategy that saw the first rows with the given rewards."""
    strategy = started(RegularizedEvolution(**options))
    strategy.update([trial(rows[i], r, i) for i, r in enumerate(rewards)])
    return strategy


def test_evolution_draws_at_random_until_the_population_is_full():
    strategy = started(RegularizedEvolution(population=9, sample_size=3))
    before = proposed(strategy, 50)
    strategy.update([trial(EVERYTHING[7], 1.0, i) for i in range(8)])
    assert proposed(strategy, 50) == before
    strategy.update([trial(EVERYTHING[7], 1.0, 8)])
    children = proposed(strategy, 50)
    assert {len(differences(EVERYTHING[7], c)) for c in children} == {1}


def test_parent_is_the_best_of_the_sample():
    # A hundred draws of four miss one of them once in 10^12 times.
    strategy = evolved([0.1, 0.9, 0.4, 0.2], population=4, sample_size=100)
    for child in proposed(strategy, 50):
        assert len(differences(EVERYTHING[1], child)) == 1


def test_samples_of_one_choose_every_parent_alike():
    rows = [(0, 0, 0, 0, 0), (1, 1, 1, 7, 1), (2, 0, 1, 3, 2)]
    strategy = evolved([0.1, 0.9, 0.4], rows, population=3, sample_size=1)
    children = proposed(strategy, 3000)
    counts = collections.Counter(
        min(range(3), key=lambda i: len(differences(rows[i], child)))
        for child in children
    )
    assert all(abs(counts[i] - 1000) < 130 for i in range(3))


def test_the_oldest_dies_however_good():
    strategy = evolved([1.0, 0.1, 0.2], population=3, sample_size=100)
    strategy.update([trial(EVERYTHING[3], 0.3, 3)])
    for child in proposed(strategy, 20):
        assert len(differences(EVERYTHING[3], child)) == 1


def test_age_is_the_order_of_finishing():
    strategy = started(RegularizedEvolution(population=2, sample_size=100))
    # The batch is in the order of proposing; its first finished last.
    rewards = {2: 0.1, 0: 1.0, 1: 0.5}
    strategy.update([trial(EVERYTHING[n], r, n) for n, r in rewards.items()])
    for child in proposed(strategy, 20):
        assert len(differences(EVERYTHING[1], child)) == 1


def test_every_decision_mutates_alike_and_by_its_own_rule():
    strategy = evolved([0.5], [(1, 0, 0, 5, 2)], population=1, sample_size=1)
    children = proposed(strategy, 5000)
    counts = collections.Counter(
        differences((1, 0, 0, 5, 2), child)[0] for child in children
    )
    assert all(abs(counts[at] - 1000) < 130 for at in range(LENGTH))
    assert {child[3] for child in children} == {5, 4, 7, 1}


def test_only_what_shapes_the_architecture_mutates(monkeypatch):
    strategy = evolved([0.5], population=1, sample_size=1)
    active = np.array([True, False, True, False, False])
    monkeypatch.setattr(toy.ToySpace, "active", lambda *_: active)
    children = proposed(strategy, 50)
    assert {differences(EVERYTHING[0], c)[0] for c in children} == {0, 2}
    monkeypatch.setattr(toy.ToySpace, "active", lambda *_: active & False)
    assert set(proposed(strategy, 9)) == {EVERYTHING[0]}


def test_where_there_is_no_choice_nothing_mutates(monkeypatch):
    decisions = (Categorical("one", 1, anchor=True), Subset(0), Pointer(2))
    monkeypatch.setattr(toy.ToySpace, "decisions", decisions)
    strategy = evolved([0.5], [(0, 0, 1)], population=1, sample_size=1)
    assert set(proposed(strategy, 9, length=3)) == {(0, 0, 0)}
    assert set(proposed(strategy, 9, length=2)) == {(0, 0)}


def test_children_of_shorter_parents_are_answered_to_the_end():
    short = (2, 1, 1)
    strategy = evolved([0.5], [short], population=1, sample_size=1)
    children = proposed(strategy, 200)
    assert all(len(differences(short, child)) <= 1 for child in children)
    assert {child[4] for child in children} == {0, 1, 2}
    for child in children:
        SPACE.decode(child)
    strategy.update([trial(children[0], 0.1, 1)])
    assert unpack(strategy.state()["rows"]) == [children[0]]


@pytest.mark.parametrize(
    "options",
    [{"population": 0}, {"population": 2.0}, {"sample_size": True}],
)
def test_bad_sizes_are_refused(options):
    with pytest.raises(UsageError, match="a whole number from 1. Received"):
        RegularizedEvolution(**options)


# Local search.


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
        assert sorted(strategy._neighbours(row)) == neighbours(row)
    wide = Subset(62)
    assert len(local_search._others(wide, 2**61)) == 62


def summit(row, seen):
    """Returns the end of the way up over what was seen, and its neighbours."""
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
    # With all around it worse, the search goes on at the best of the rest,
    # and from there to a better one known already.
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
    # A batch that comes home late is no place to go.
    strategy.update([trial((0, 0, 0), 1.0)])
    assert strategy._here == rows[0]


# Optuna.


def test_parameters_are_actions():
    decisions = (*SPACE.decisions, Subset(0), Subset(62))
    for row in EVERYTHING[::7]:
        row = (*row, 0, 2**61 + 5)
        params = adapter._params(decisions, row)
        assert adapter._row(decisions, params) == row
        [*names] = [n for each in adapter._parameters(decisions) for n in each]
        assert list(params) == names
        assert len(params) == 3 + 1 + 3 + 62


def test_asking_is_forgotten():
    strategy = started(Optuna())
    for number in range(3):
        rows = proposed(strategy, 8, seed=number)
        strategy.update([trial(row, toy.toy_reward(row)) for row in rows])
    first = proposed(strategy, 8, seed=9)
    for number in range(5):
        proposed(strategy, 8, seed=100 + number)
    assert proposed(strategy, 8, seed=9) == first


def test_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(UsageError, match=r"pip install 'nas_tf\[optuna\]'"):
        Optuna()


@pytest.mark.parametrize("options", [{"sampler": "best"}, {"startup": 0}])
def test_bad_options_are_refused(options):
    with pytest.raises(UsageError, match="Received"):
        Optuna(**options)


def test_optuna_is_quiet(capfd):
    strategy = started(Optuna(sampler="random"))
    strategy.update([trial(row, 0.1) for row in proposed(strategy, 8)])
    proposed(strategy, 8)
    assert capfd.readouterr() == ("", "")
