import numpy as np
import pytest

from nas_tf.errors import UsageError
from nas_tf.strategies.pairwise import Pairwise
from tests import toy
from tests.strategies import of_controller
from tests.strategies import trial

SPACE = toy.ToySpace()
ROWS = [(2, 1, 1, 3, 1), (0, 0, 0, 0, 0), (1, 1, 0, 5, 2), (0, 1, 1, 2, 0)]


def started(**options):
    return of_controller(Pairwise, earlier=4, **options)


def test_the_better_of_a_pair_becomes_the_likelier():
    strategy = started()
    for _ in range(25):
        strategy.update([trial(r, -i) for i, r in enumerate(ROWS)])
    log_probs = strategy.log_probs(ROWS)
    assert log_probs == sorted(log_probs, reverse=True)


def test_only_the_order_of_rewards_counts():
    weights = []
    for scale in (1, 1000):
        strategy = started()
        strategy.update([trial(r, -i * scale) for i, r in enumerate(ROWS)])
        weights.append(strategy.controller.get_weights())
    for one, other in zip(*weights):
        np.testing.assert_array_equal(one, other)


def test_earlier_architectures_teach_again():
    strategy = started()
    strategy.update([trial(r, -i) for i, r in enumerate(ROWS)])
    before = strategy.log_probs(ROWS[:2])
    # The batch has no pairs of its own.
    strategy.update([trial(ROWS[0], 0.0)] * 4)
    after = strategy.log_probs(ROWS[:2])
    assert after[0] - after[1] > before[0] - before[1]


@pytest.mark.parametrize(
    "options",
    [{"sharpness": 0}, {"steps": 0}, {"earlier": 0}, {"accumulate": 2}],
)
def test_bad_options_are_refused(options):
    with pytest.raises(UsageError, match="Received"):
        Pairwise(**options)
