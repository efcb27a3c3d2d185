"""The numbers of a report, on runs small enough to work out by hand."""

import numpy as np
import pytest

from nas_tf import trial
from nas_tf.decisions import Categorical
from nas_tf.decisions import Pointer
from nas_tf.decisions import Subset
from nas_tf.report import groups
from nas_tf.report import series
from nas_tf.report import shares
from nas_tf.report import work
from nas_tf.trial import Proposal
from nas_tf.trial import Result
from nas_tf.trial import Trial


def make_trials(results, actions=None, batch_size=8):
    return [
        Trial(
            number,
            Proposal(
                number,
                number // batch_size,
                () if actions is None else tuple(actions[number]),
                0.0,
                0,
            ),
            result,
        )
        for number, result in enumerate(results)
    ]


def test_moving_average_is_over_what_there_is():
    values = series.moving_average([1.0, 2.0, 6.0, 0.0], 3)
    np.testing.assert_allclose(values, [1, 1.5, 3, 8 / 3])


def test_best_so_far_counts_successes_only():
    trials = make_trials(
        [
            Result(trial.NAN, 0.9),
            Result(trial.OK, -2.0),
            Result(trial.OK, 0.5),
            Result(trial.OK, 0.1),
        ]
    )
    np.testing.assert_array_equal(
        series.best_so_far(trials), [np.nan, -2, 0.5, 0.5]
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


def ran(spans):
    return make_trials(
        [
            Result(trial.OK, 1.0, started=1e9 + start, seconds=stop - start)
            for start, stop in spans
        ]
    )


def test_two_busy_workers_are_used_fully():
    times = work.work(ran([(0, 10), (0, 20), (10, 20)]))
    assert (times.most, times.seconds, times.child_seconds) == (2, 20, 40)
    assert times.utilisation == 1
    np.testing.assert_allclose(times.busy, 2)
    assert times.finished.sum() == 3


def test_a_pause_is_left_out_and_waiting_is_not():
    times = work.work(ran([(0, 100), (150, 250), (100_000, 100_100)]))
    assert times.pauses == 1
    assert times.seconds == 350
    assert times.most == 1
    assert times.utilisation == pytest.approx(300 / 350)
    assert times.ended - times.began == 100_100
    widths = np.diff(times.edges)
    assert (times.busy * widths).sum() == pytest.approx(300)


def test_without_times_there_is_no_work():
    assert work.work(make_trials([Result(trial.OK, 1.0)])) is None


def test_reused_results_did_not_run():
    trials = ran([(0, 10), (0, 10)])
    reused = Trial(2, trials[0].proposal, trials[0].result, reused=0)
    assert work.work([*trials, reused]).most == 2


def test_shares_are_counted_in_windows_of_batches():
    decisions = (
        Categorical("op", 2, labels=("a", "b"), anchor=True),
        Subset(1, kind="skip"),
        Categorical("op", 2, labels=("a", "b"), anchor=True),
        Subset(2, kind="skip"),
        Pointer(2),
    )
    # First half: all of the first choice; second half: all of the last.
    rows = [(0, 0, 0, 0b01, 0)] * 48 + [(1, 1, 1, 0b10, 1)] * 48
    trials = make_trials([Result(trial.OK, 1.0)] * 96, rows)
    # They are sorted by what was proposed first.
    trials = shares.proposed(trials[::-1])
    spans = shares.windows(trials)
    assert spans.batches == 3
    assert (spans.starts[0], spans.stops[0]) == (0, 24)
    assert (spans.starts[-1], spans.stops[-1]) == (72, 96)
    actions = shares.actions_of(trials, decisions)
    op, skip, pointer = shares.kinds(actions, decisions, spans)
    assert op.labels == ("a", "b")
    assert op.exclusive and not skip.exclusive
    np.testing.assert_allclose(op.shares[0], [1, 0])
    np.testing.assert_allclose(op.shares[-1], [0, 1])
    # Of the nearest there are two chances, of the next but one only one.
    assert skip.labels == ("1 back", "2 back")
    np.testing.assert_allclose(skip.shares[0], [0, 1])
    np.testing.assert_allclose(skip.shares[-1], [1, 0])
    np.testing.assert_allclose(pointer.shares[0], [0, 1])
    settled = shares.decided(actions, decisions, spans)
    assert [one.name for one in settled] == [
        "op 1",
        "skip 1",
        "op 2",
        "skip 2",
        "pointer 1",
    ]
    for one in settled:
        assert one.settled[0] == one.settled[-1] == 1
        assert one.settled.min() == pytest.approx(0, abs=0.4)
    assert (settled[0].first, settled[0].last) == ("a (100%)", "b (100%)")
    assert (settled[3].first, settled[3].last) == ("1 (100%)", "2 (100%)")
    assert settled[1].first == "none (100%)"


def test_a_decision_that_came_later_has_no_share_before():
    decisions = (Categorical("op", 2), Categorical("late", 2))
    rows = [(0,)] * 48 + [(0, 1)] * 48
    trials = make_trials([Result(trial.OK, 1.0)] * 96, rows)
    spans = shares.windows(trials)
    actions = shares.actions_of(trials, decisions)
    late = shares.kinds(actions, decisions, spans)[1]
    assert np.isnan(late.shares[0]).all()
    np.testing.assert_allclose(late.shares[-1], [0, 1])
    assert shares.decided(actions, decisions, spans)[1].first == "not asked"


def test_windows_get_smaller_where_there_are_few_batches():
    assert shares.windows(make_trials([Result(trial.OK, 1.0)] * 8)) is None
    spans = shares.windows(make_trials([Result(trial.OK, 1.0)] * 20))
    assert spans.starts.tolist() == [0, 8, 16]
    assert spans.stops.tolist() == [8, 16, 20]


def test_a_band_is_the_confidence_interval_of_the_mean():
    band = groups.band([[1.0, 5.0], [2.0, 5.0], [3.0, 5.0]])
    np.testing.assert_allclose(band.mean, [2, 5])
    # t of two degrees of freedom at 97.5 %, over the root of three.
    np.testing.assert_allclose(band.half_width, [4.302653 / 3**0.5, 0])
    assert groups.band([[1.0, 5.0]]).half_width is None


def test_a_band_holds_the_mean_as_often_as_it_says():
    rng = np.random.default_rng(0)
    band = groups.band(rng.normal(size=(4, 20_000)))
    inside = (np.abs(band.mean) <= band.half_width).mean()
    # Five standard deviations of a share of 20,000.
    assert inside == pytest.approx(0.95, abs=0.008)
