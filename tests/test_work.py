"""When children ran, on runs small enough to work out by hand."""

import numpy as np
import pytest

from nas_tf import trial
from nas_tf.report import work
from nas_tf.trial import Result
from nas_tf.trial import Trial
from tests.report_runs import make_trials


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
