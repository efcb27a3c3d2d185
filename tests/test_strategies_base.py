"""What all strategies share."""

import pytest

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.strategies.base import MovingAverage
from nas_tf.strategies.placement import LOCAL


def test_moving_average_begins_with_its_first_value():
    average = MovingAverage(0.75)
    assert average.value is None
    average.add(4.0)
    assert average.value == 4
    average.add(8.0)
    assert average.value == 5


def test_strategy_without_a_controller_cannot_be_placed():
    strategy = registry.make("strategies", "random_search")
    with pytest.raises(UsageError, match="Received: 'RandomSearch'"):
        strategy.place_on(LOCAL)


def test_state_is_empty_by_default():
    strategy = registry.make("strategies", "random_search")
    assert strategy.state() == {}
    strategy.set_state({})
    strategy.settle()
