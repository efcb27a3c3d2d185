"""How batches are proposed, for a policy whose probabilities are given."""

import collections

import numpy as np
import pytest

from nas_tf.seeds import generator
from nas_tf.strategies._history import random_rows
from nas_tf.strategies._moves import Proposer
from nas_tf.strategies._neighbours import Neighbours
from nas_tf.strategies._tried import Memory
from nas_tf.strategies.base import Sample
from tests import toy
from tests.strategies import LAYERS
from tests.strategies import trial

SPACE = toy.ToySpace()
LENGTH = len(SPACE.decisions)
EVERYTHING = SPACE.all_actions()


class Policy:
    """Draws uniformly, or always the same row."""

    def __init__(self, space, always=None):
        self.decisions = space.decisions
        self.always = always
        self.scored = []

    def sample(self, count, length, seed):
        rng = generator(seed, "policy")
        rows = random_rows(self.decisions[:length], count, rng)
        if self.always is not None:
            rows = [self.always] * count
        return [Sample(row, -1.0) for row in rows]

    def log_probs(self, rows):
        self.scored += rows
        # The first action is the logarithm of the probability.
        return [float(row[0]) for row in rows]


def proposer(space=SPACE, tried=(), always=None, **options):
    near = Neighbours(space)
    memory = Memory(near.key)
    memory.add([trial(*each) for each in tried])
    options = {
        "moves": 0.5,
        "parents": 5,
        "distinct": True,
        "candidates": 128,
        **options,
    }
    return Proposer(Policy(space, always), near, memory, **options)


def rows(proposing, count=8, length=LENGTH, seed=0):
    return [s.actions for s in proposing.propose(count, length, seed)]


BEST, WORST = (2, 1, 1, 3, 1), (0, 0, 0, 0, 0)
TRIED = ((BEST, 0.9), (WORST, 0.1))


def test_moves_are_untried_neighbours_of_the_best():
    near = set(Neighbours(SPACE).of(BEST))
    tried = (*TRIED, *((row, 0.2) for row in sorted(near)[:4]))
    found = rows(proposer(tried=tried, moves=1, parents=1), count=5)
    assert len(set(found)) == 5
    assert set(found) == near - {row for row, _ in tried}


def test_the_share_of_moves_is_binomial():
    near = set(Neighbours(SPACE).of(BEST))
    counts = [
        sum(
            row in near
            for row in rows(
                proposer(
                    tried=TRIED,
                    parents=1,
                    moves=0.25,
                    always=WORST,
                    distinct=False,
                ),
                seed=seed,
            )
        )
        for seed in range(400)
    ]
    # Four standard errors of a mean of 400 binomial numbers.
    assert abs(np.mean(counts) - 2) < 4 * (8 * 0.25 * 0.75 / 400) ** 0.5
    assert abs(np.var(counts) - 1.5) < 0.5


def test_moves_are_drawn_by_probability_and_by_number_of_parents():
    # One more parent doubles the weight of what both are next to.
    other = (2, 1, 1, 3, 0)
    proposing = proposer(
        tried=((BEST, 0.9), (other, 0.8), (WORST, 0.1)), moves=1, parents=2
    )
    both = set(Neighbours(SPACE).of(BEST)) & set(Neighbours(SPACE).of(other))
    either = set(Neighbours(SPACE).of(BEST)) | set(Neighbours(SPACE).of(other))
    weights = {
        row: (1 + (row in both)) * np.exp(row[0])
        for row in either - {BEST, other}
    }
    total = sum(weights.values())
    drawn = collections.Counter(
        rows(proposing, count=1, seed=seed)[0] for seed in range(4000)
    )
    assert both and set(drawn) <= set(weights)
    for row, weight in weights.items():
        share = weight / total
        error = (share * (1 - share) / 4000) ** 0.5
        assert abs(drawn[row] / 4000 - share) < 4.5 * error


def test_what_is_favoured_is_moved_to():
    def favour(rows):
        return np.array([50.0 * (row[0] < 2) for row in rows])

    near = [row for row in Neighbours(SPACE).of(BEST) if row[0] < 2]
    found = rows(
        proposer(tried=TRIED, moves=1, parents=1, favour=favour),
        count=len(near),
    )
    assert near and set(found) == set(near)


def test_a_proposal_has_the_log_probability_of_the_policy():
    for sample in proposer(tried=TRIED, moves=1).propose(6, LENGTH, 0):
        assert sample.log_prob == sample.actions[0]


def test_nothing_is_proposed_twice_until_hardly_anything_is_left():
    memory = []
    for number in range(30):
        proposing = proposer(tried=[(row, sum(row)) for row in memory])
        memory += rows(proposing, seed=number)
    assert len(set(memory)) == len(memory) == 240
    full = [(row, sum(row)) for row in EVERYTHING]
    assert len(rows(proposer(tried=full))) == 8


def test_a_sure_policy_is_led_to_what_is_new():
    found = rows(proposer(tried=TRIED, moves=0, always=BEST))
    assert len({*found, BEST, WORST}) == 10


def test_equal_architectures_are_not_proposed_twice():
    near = Neighbours(LAYERS)
    layers = len(LAYERS.decisions) // 4
    row, same = (0, 0, 0, 0) * layers, (0, 0, 0, 2) * layers
    proposing = proposer(LAYERS, [(row, 0.1)], always=same, moves=0)
    found = rows(proposing, length=len(row))
    assert len({near.key(each) for each in [*found, row]}) == 9


def test_what_is_in_progress_is_not_proposed():
    proposing = proposer(tried=TRIED, moves=1, parents=1)
    first = rows(proposing, count=5)
    proposing._memory.expect(first)
    assert not {*first} & {*rows(proposing, count=4)}


def test_a_longer_architecture_has_no_parents_among_shorter_ones():
    proposing = proposer(tried=[((2, 1), 0.9), ((0, 0), 0.1)], moves=1)
    found = rows(proposing)
    assert {len(row) for row in found} == {LENGTH}
    assert proposing._policy.scored == []


def test_no_more_candidates_are_scored_than_asked_for():
    proposing = proposer(tried=TRIED, moves=1, candidates=3)
    found = rows(proposing, count=8)
    assert len(proposing._policy.scored) == 3 and len(set(found)) == 8


@pytest.mark.parametrize("distinct", [True, False])
def test_the_same_seed_proposes_the_same(distinct):
    options = {"tried": TRIED, "distinct": distinct}
    assert rows(proposer(**options)) == rows(proposer(**options))
    assert rows(proposer(**options)) != rows(proposer(**options), seed=1)
