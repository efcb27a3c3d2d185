import pytest

from nas_tf.errors import UsageError
from nas_tf.strategies import surrogate
from tests import toy
from tests.strategies import drawn
from tests.strategies import finished
from tests.strategies import trial

SPACE = toy.ToySpace()
LENGTH = len(SPACE.decisions)


def started(**options):
    strategy = surrogate.Surrogate(**{"trees": 5, **options})
    strategy.start(SPACE, seed=0)
    return strategy


def test_the_best_predicted_are_proposed():
    strategy = started(exploration=0, startup=60)
    rows = SPACE.all_actions()
    # Only the first decision counts.
    tried = [trial(row, row[0]) for row in rows[::3]]
    strategy.update(tried)
    found = [s.actions for s in strategy.propose(8, LENGTH, seed=1)]
    assert len(set(found)) == 8
    assert {row[0] for row in found} == {2}
    assert not {*found} & {t.proposal.actions for t in tried}


def test_it_begins_at_random_and_tries_nothing_twice():
    strategy = started(startup=16)
    seen = []
    for number in range(12):
        batch = drawn(strategy, number)
        strategy.expect([p.actions for p in batch])
        seen += [p.actions for p in batch]
        strategy.update(finished(batch, toy.toy_reward))
    assert len(set(seen)) == len(seen) == 96


def test_an_exhausted_space_is_no_failure():
    strategy = started()
    strategy.update([trial(r, sum(r)) for r in SPACE.all_actions()])
    assert len(strategy.propose(8, LENGTH, seed=0)) == 8


@pytest.mark.parametrize(
    "options",
    [
        {"startup": 0},
        {"candidates": 0},
        {"parents": 0},
        {"trees": 1},
        {"exploration": -1},
    ],
)
def test_bad_options_are_refused(options):
    with pytest.raises(UsageError, match="Received"):
        surrogate.Surrogate(**options)
