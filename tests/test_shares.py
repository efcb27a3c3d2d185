"""Shares of choices in windows of batches, worked out by hand."""

import numpy as np
import pytest

from nas_tf import trial
from nas_tf.decisions import Categorical
from nas_tf.decisions import Pointer
from nas_tf.decisions import Subset
from nas_tf.report import shares
from nas_tf.trial import Result
from tests.report_runs import make_trials


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
    assert shares.decided(actions, decisions, spans)[1].first == "not made"


def test_windows_get_smaller_where_there_are_few_batches():
    assert shares.windows(make_trials([Result(trial.OK, 1.0)] * 8)) is None
    spans = shares.windows(make_trials([Result(trial.OK, 1.0)] * 20))
    assert spans.starts.tolist() == [0, 8, 16]
    assert spans.stops.tolist() == [8, 16, 20]
