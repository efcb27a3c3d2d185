"""Durations and the time of a run do not follow the machine's clock."""

import time

from nas_tf.machine import clock


def test_a_clock_that_is_set_changes_no_duration(monkeypatch):
    timer, run = clock.Timer(), clock.RunClock()
    before = run.now()
    monkeypatch.setattr(time, "time", lambda: before - 18_000)
    assert 0 <= timer.seconds < 10
    assert before <= run.now() < before + 10
    assert timer.facts()["started"] <= before


def test_a_run_goes_on_after_what_it_has():
    later = time.time() + 18_000
    assert later <= clock.RunClock(later).now() < later + 10
    assert abs(clock.RunClock(5.0).now() - time.time()) < 10
