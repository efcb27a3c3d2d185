"""The quickstart's rewards carry signal, and the controller follows it.

What benchmarks/ranking.py and benchmarks/learning.py print, as a test.
"""

import pytest

from benchmarks import common
from benchmarks import learning
from benchmarks import ranking
from nas_tf import registry

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def executor():
    executor = registry.make("executors", "process")
    yield executor
    executor.stop()


@pytest.mark.timeout(900)
def test_rewards_rank_architectures(executor):
    rank_correlation, errors = ranking.measure(
        executor,
        registry.make("spaces", common.QUICKSTART_SPACE),
        registry.make("tasks", common.QUICKSTART_TASK),
    )
    assert rank_correlation >= 0.7
    assert errors > 2


@pytest.mark.timeout(2100)
def test_the_controller_learns_and_chance_does_not(executor):
    parts = (common.QUICKSTART_SPACE, common.QUICKSTART_TASK)
    gain, error = learning.measure(
        executor, *parts, "reinforce", max_children=96
    )
    assert gain > 2 * error
    gain, error = learning.measure(
        executor, *parts, "random_search", max_children=96
    )
    assert gain <= 2 * error
