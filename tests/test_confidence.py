"""Intervals of shares, compared with SciPy's."""

import pytest
from scipy import stats

from nas_tf.confidence import wilson


@pytest.mark.parametrize(
    "hits, count", [(0, 5), (5, 5), (1, 2), (595, 600), (3, 10**6)]
)
def test_it_is_the_interval_of_scipy(hits, count):
    wanted = stats.binomtest(hits, count).proportion_ci(0.95, "wilson")
    assert wilson(hits / count, count) == pytest.approx(tuple(wanted))


def test_it_stays_within_shares():
    for hits in (0, 1):
        low, high = wilson(float(hits), 1)
        assert 0 <= low < high <= 1
