import collections

import numpy as np
import pytest

from nas_tf.decisions import Categorical
from nas_tf.decisions import Pointer
from nas_tf.decisions import Subset
from nas_tf.errors import UsageError
from nas_tf.strategies._history import unpack
from nas_tf.strategies.regularized_evolution import RegularizedEvolution
from tests import toy
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
