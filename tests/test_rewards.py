"""From a measurement to the number a strategy maximises."""

import math

import pytest

from nas_tf import rewards
from nas_tf.errors import UsageError


def test_perplexity_and_bits():
    assert rewards.perplexity(0.0) == 1
    assert rewards.perplexity(math.log(82)) == pytest.approx(82)
    assert rewards.perplexity(800.0) == math.inf
    assert math.isnan(rewards.perplexity(math.nan))
    assert rewards.bits(math.log(2)) == 1


def test_the_papers_reward_of_a_perplexity():
    assert rewards.inverse_square_perplexity(20.0) == 80 / 400
    assert rewards.inverse_square_perplexity(2.0, scale=8) == 2
    assert rewards.inverse_square_perplexity(math.inf) == 0


@pytest.mark.parametrize(
    "values, count, highest, lowest",
    [
        ([0.9, 0.1, 0.3, 0.2], 3, 0.3, 0.1),
        ([0.9, 0.1, 0.3, 0.2], 9, 0.9, 0.1),
        ([0.9, None, 0.3, None], 2, 0.3, 0.3),
        ([0.5], 1, 0.5, 0.5),
    ],
)
def test_the_best_of_the_last_epochs(values, count, highest, lowest):
    assert rewards.best_of_last(values, count) == highest
    assert rewards.lowest_of_last(values, count) == lowest


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_one_number_that_is_not_finite_spoils_it(bad):
    assert math.isnan(rewards.best_of_last([0.5, bad, 0.7], 2))
    assert rewards.best_of_last([bad, 0.5, 0.7], 2) == 0.7


def test_nothing_measured_is_refused():
    with pytest.raises(UsageError, match="last 2 epochs. Received: "):
        rewards.best_of_last([0.5, None, None], 2)
