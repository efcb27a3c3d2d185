"""When failures stop a search, and what is said then."""

import pytest

from nas_tf import trial
from nas_tf.runs.archive import Archive
from nas_tf.search.failures import MAX_FAILURES_IN_A_ROW
from nas_tf.search.failures import FailureWatch
from nas_tf.search.failures import SearchFailed
from nas_tf.trial import Proposal
from nas_tf.trial import Result


def watched(statuses, batch_size=4):
    """Returns what is said after the first trial that stops a search."""
    watch, archive = FailureWatch(batch_size), Archive()
    for number, status in enumerate(statuses):
        result = Result(status, 0.0, error=f"Traceback\nlast line {status}")
        watch.add(archive.add_trial(Proposal(number, 0, (), 0.0, 0), result))
        try:
            watch.check(archive)
        except SearchFailed as error:
            return number + 1, str(error)
    return None


ERROR, OK, INVALID = trial.ERROR, trial.OK, trial.INVALID


def test_a_first_batch_that_fails_whole():
    assert watched([ERROR, trial.OOM, ERROR, ERROR]) == (
        4,
        "The last 4 children failed, so the search stops. 3 of them: error: "
        "last line error",
    )
    assert watched([ERROR] * 3 + [OK] + [ERROR] * 9) is None


def test_one_child_is_no_batch():
    assert watched([ERROR], batch_size=1) is None
    assert watched([ERROR] * 2, batch_size=1)[0] == 2


def test_many_in_a_row():
    in_a_row = [ERROR] * MAX_FAILURES_IN_A_ROW
    assert watched([OK, *in_a_row[1:], OK, *in_a_row[1:]]) is None
    assert watched([OK, *in_a_row])[0] == 1 + MAX_FAILURES_IN_A_ROW


def test_children_that_are_too_large_say_nothing_of_the_rest():
    assert watched([OK] + [INVALID] * 100) is None
    assert watched([OK] + [ERROR, INVALID] * 50) is None


def test_nothing_but_children_that_are_too_large():
    count, text = watched([INVALID] * 100)
    assert count == MAX_FAILURES_IN_A_ROW
    assert "invalid: last line invalid" in text


def test_pruned_children_are_no_failures():
    pruned = [trial.PRUNED]
    # All of them, as where the first children that go on take long.
    assert watched(pruned * 100) is None
    assert watched([ERROR] + pruned * 100) is None
    assert watched(pruned + [INVALID] * 100) is None
    in_a_row = [ERROR] * MAX_FAILURES_IN_A_ROW
    count, text = watched(pruned + in_a_row)
    assert count == 1 + MAX_FAILURES_IN_A_ROW
    assert f"The last {MAX_FAILURES_IN_A_ROW} children failed" in text


def test_a_failure_without_a_reason():
    watch, archive = FailureWatch(2), Archive()
    for number in range(2):
        result = Result(trial.CRASHED, 0.0)
        watch.add(archive.add_trial(Proposal(number, 0, (), 0.0, 0), result))
    with pytest.raises(SearchFailed, match="2 of them: crashed: $"):
        watch.check(archive)
