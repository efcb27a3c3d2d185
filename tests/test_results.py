"""What experiments read from journals, and their statistics."""

import pathlib
import types

import numpy as np
import pytest
from scipy import stats

from experiments import results

JOB = types.SimpleNamespace(
    folder=pathlib.Path(__file__).parent.parent
    / "experiments/digits/runs/reinforce_0"
)


def test_trials_are_in_the_order_of_their_proposals():
    ids = [trial.proposal.proposal_id for trial in results.trials(JOB)]
    assert ids == list(range(96))


def test_rewards_and_seconds_are_the_trials_own():
    trials = results.trials(JOB)
    np.testing.assert_array_equal(
        results.rewards(JOB), [trial.reward for trial in trials]
    )
    assert (results.seconds(JOB) > 0).all()


def test_moving_average_has_a_value_for_each_whole_window():
    np.testing.assert_allclose(
        results.moving_average([1, 2, 3, 6], 2), [1.5, 2.5, 4.5]
    )


@pytest.mark.parametrize(
    "values, text",
    [([1, 2, 3], "2.00 ± 0.58"), ([0.12345], "0.12")],
)
def test_mean_is_written_with_its_standard_error(values, text):
    assert results.with_error(values, 2) == text


def test_difference_is_that_of_welchs_test():
    ours, theirs = [5.0, 6.0, 7.0], [1.0, 3.0]
    # The variances of the means are 1/3 and 1, so t is 4 / sqrt(4/3).
    freedom = (4 / 3) ** 2 / ((1 / 3) ** 2 / 2 + 1)
    expected = 2 * stats.t.sf(4 / (4 / 3) ** 0.5, freedom)
    assert results.p_value(ours, theirs) == pytest.approx(expected)
    assert results.difference(ours, theirs, 1) == "+4.0 ± 1.2 (p = 0.094)"
    assert results.difference(ours, [1.0], 1) == "+5.0"
