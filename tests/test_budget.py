"""A limit to the size of children."""

import pytest

from nas_tf.errors import UsageError
from nas_tf.search.budget import MAX_REDRAWS
from nas_tf.search.budget import MOST_IDLE
from nas_tf.search.budget import Budget
from nas_tf.strategies.base import Sample
from tests import toy

SPACE, TASK = toy.ToySpace(), toy.ToyTask()
# Parameters of the toy are 100 * (1 + sum of actions).
SMALL, LARGE = (0, 0, 0, 0, 0), (2, 1, 1, 7, 2)


class Scripted:
    """Proposes rows in turn, and notes the seeds."""

    def __init__(self, *rows, distinct=False):
        self.rows = rows
        self.distinct = distinct
        self.drawn = 0
        self.seeds = []

    def propose(self, count, length, seed):
        self.seeds.append(seed)
        numbers = range(self.drawn, self.drawn + count)
        self.drawn += count
        return [Sample(self.rows[n % len(self.rows)], -1.0) for n in numbers]


def drawn(budget, strategy, count=4):
    samples, redrawn = budget.draw(strategy, SPACE, TASK, count, 5, 0)
    return [sample.actions for sample in samples], redrawn


def test_excess_is_the_size_of_what_is_too_large():
    budget = Budget(500)
    assert budget.excess(SPACE, TASK, SMALL) is None
    assert budget.excess(SPACE, TASK, LARGE) == 1400
    assert Budget(1400).excess(SPACE, TASK, LARGE) is None
    assert Budget().excess(SPACE, TASK, LARGE) is None


def test_what_cannot_be_counted_is_left_to_the_evaluator():
    class Fragile(toy.ToySpace):
        def cost(self, spec, task):
            raise ValueError("no such network")

    assert Budget(500).excess(Fragile(), TASK, LARGE) is None


def test_without_a_limit_one_draw_is_enough():
    strategy = Scripted(LARGE, SMALL)
    assert drawn(Budget(), strategy) == ([LARGE, SMALL] * 2, 0)
    assert len(strategy.seeds) == 1


def test_large_ones_are_put_back():
    strategy = Scripted(LARGE, SMALL, LARGE)
    # L S L L | S L L S | L L S: seven large ones before the fourth small one.
    assert drawn(Budget(500), strategy) == ([SMALL] * 4, 7)
    assert len(set(strategy.seeds)) == 3


ROWS = [(0, 0, 0, n, 0) for n in range(4)]


def test_no_draw_repeats_what_an_earlier_one_has_added():
    script = [LARGE, *ROWS[:2], LARGE, ROWS[1], ROWS[2], ROWS[0], ROWS[3]]
    for distinct, rows in ((True, [0, 1, 2, 3]), (False, [0, 1, 1, 2])):
        strategy = Scripted(*script, distinct=distinct)
        expected = [ROWS[number] for number in rows], 2
        assert drawn(Budget(500), strategy) == expected


def test_samples_of_what_is_learned_may_be_equal():
    strategy = Scripted(LARGE, SMALL, distinct=True)
    strategy.sample = strategy.propose
    samples, _ = Budget(500).draw(strategy, SPACE, TASK, 4, 5, 0, learned=True)
    assert [sample.actions for sample in samples] == [SMALL] * 4


def test_a_space_without_others_is_not_searched_for_long():
    first = [LARGE, *ROWS[:3]]
    for others, last in ((first, LARGE), ([*ROWS[:3], ROWS[0]], ROWS[0])):
        strategy = Scripted(*first, *others * MOST_IDLE, distinct=True)
        rows, redrawn = drawn(Budget(500), strategy)
        assert rows == [*ROWS[:3], last]
        assert len(strategy.seeds) == MOST_IDLE + 1
        assert redrawn == (MOST_IDLE if others is first else 1)


def test_the_size_of_an_architecture_is_computed_once():
    counted = []

    class Counting(toy.ToySpace):
        def cost(self, spec, task):
            counted.append(spec)
            return super().cost(spec, task)

    strategy = Scripted(LARGE, SMALL)
    Budget(500).draw(strategy, Counting(), TASK, 4, 5, 0)
    assert len(counted) == 2


def test_large_ones_are_let_through_to_be_penalised():
    strategy = Scripted(LARGE, SMALL)
    assert drawn(Budget(500, "penalise"), strategy) == ([LARGE, SMALL] * 2, 0)


def test_after_a_hundred_redraws_large_ones_are_let_through():
    strategy = Scripted(LARGE)
    rows, redrawn = drawn(Budget(500), strategy)
    assert rows == [LARGE] * 4
    assert redrawn == 4 * MAX_REDRAWS
    assert len(set(strategy.seeds)) == MAX_REDRAWS + 1


@pytest.mark.parametrize(
    "options", [{"max_params": 0}, {"max_params": 1.5}, {"oversize": "ignore"}]
)
def test_bad_limits_are_refused(options):
    (name,) = options
    with pytest.raises(UsageError, match=f"`{name}` to be"):
        Budget(**options)
