"""Rewards over children, thinned series and counted failures, by hand."""

import dataclasses

import numpy as np

from nas_tf import trial
from nas_tf.report import series
from nas_tf.trial import Result
from tests.report_runs import make_trials


def test_moving_median_is_over_what_there_is():
    values = series.moving_median([np.nan, 1.0, 2.0, 6.0, np.nan, 0.0], 3)
    np.testing.assert_array_equal(values, [np.nan, 1, 1.5, 2, 4, 3])


def test_a_view_leaves_out_children_that_learned_nothing():
    values = np.concatenate([np.linspace(0.9, 1.0, 95), [0.1] * 5, [np.nan]])
    low, high = series.view(values, np.array([0.95, np.nan]), lower=False)
    assert 0.88 < low < 0.92 and 1 < high < 1.01
    # A line is never left out.
    low, _ = series.view(values, np.array([0.5]), lower=False)
    assert low < 0.5
    low, high = series.view(-values, np.array([-0.95]), lower=True)
    assert -1.01 < low < -1 and -0.92 < high < -0.88


def test_a_view_has_all_where_that_takes_little_room():
    values = np.linspace(0.2, 0.4, 50)
    low, high = series.view(values, values, lower=False)
    assert low < 0.2 and high > 0.4
    low, high = series.view(np.array([0.5]), np.array([0.5]), lower=False)
    assert low < 0.5 < high


def test_best_so_far_counts_successes_only():
    trials = make_trials(
        [
            Result(trial.NAN, 0.9),
            Result(trial.OK, -2.0),
            Result(trial.OK, 0.5),
            Result(trial.OK, 0.1),
        ]
    )
    values = np.array([np.nan, 30.0, 10.0, 20.0])
    np.testing.assert_array_equal(
        series.best_so_far(trials, values), [np.nan, 30, 10, 10]
    )


def test_a_lucky_judgement_by_shared_weights_is_never_the_best():
    """Of what is derived, those judged on most examples come first."""
    seen = {"val_accuracy": 0.5}
    few, many = {**seen, "examples": 64}, {**seen, "examples": 2000}
    trials = [
        dataclasses.replace(one, derived=derived)
        for one, derived in zip(
            make_trials(
                [
                    Result(trial.OK, 0.9, metrics=few),
                    Result(trial.OK, 0.6, metrics=few),
                    Result(trial.OK, 0.4, metrics=many),
                    Result(trial.OK, 0.5, metrics=few),
                    Result(trial.OK, 0.3, metrics=many),
                ]
            ),
            [False, True, True, True, True],
        )
    ]
    values = np.array([t.reward for t in trials])
    np.testing.assert_array_equal(
        series.best_so_far(trials, values), [np.nan, 0.6, 0.4, 0.4, 0.4]
    )


def test_thinning_keeps_the_ends():
    assert series.thin(5, 10).tolist() == [0, 1, 2, 3, 4]
    thinned = series.thin(100_000, 100)
    assert len(set(thinned.tolist())) == 100
    assert (thinned[0], thinned[-1]) == (0, 99_999)


def test_failures_are_counted_with_their_commonest_last_line():
    trials = make_trials(
        [
            Result(trial.OK, 1.0),
            Result(trial.ERROR, 0.0, error="Traceback\nValueError: a\n"),
            Result(trial.TIMEOUT, 0.0, error="too slow"),
            Result(trial.ERROR, 0.0, error="Traceback\nValueError: b"),
            Result(trial.ERROR, 0.0, error="elsewhere\nValueError: a"),
            Result(trial.NAN, 0.0),
        ]
    )
    assert series.failures(trials) == [
        series.Failures(trial.ERROR, 3, "ValueError: a", 2),
        series.Failures(trial.TIMEOUT, 1, "too slow", 1),
        series.Failures(trial.NAN, 1, "", 1),
    ]
