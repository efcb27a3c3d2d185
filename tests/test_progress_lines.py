"""Progress as plain lines."""

import pytest

from nas_tf.search import progress_lines
from nas_tf.search.progress_lines import Lines


@pytest.fixture
def clock(monkeypatch):
    """A clock that tests set."""

    class Clock:
        now = 0.0

    monkeypatch.setattr(progress_lines.time, "monotonic", lambda: Clock.now)
    return Clock


def lines(capsys):
    return capsys.readouterr().err.splitlines()


def test_a_line_follows_each_tenth_and_the_end(clock, capsys):
    bar = Lines(40, 0, "children")
    for _ in range(40):
        clock.now += 1
        bar.update()
    bar.close()
    told = lines(capsys)
    assert len(told) == 10
    assert told[0] == "4/40 children in 4 seconds, about 36 seconds left"
    assert told[-1] == "40/40 children in 40 seconds"


def test_a_line_follows_half_a_minute(clock, capsys):
    bar = Lines(None, 5, "epochs")
    for _ in range(7):
        clock.now += 10
        bar.set_postfix({"loss": "0.5"})
        bar.update()
    assert lines(capsys) == [
        "8 epochs in 30 seconds, loss 0.5",
        "11 epochs in 60 seconds, loss 0.5",
    ]
    bar.close()
    assert lines(capsys) == ["12 epochs in 70 seconds, loss 0.5"]


def test_time_left_is_judged_by_this_start(clock, capsys):
    bar = Lines(10, 8, "children")
    clock.now += 7
    bar.update()
    assert lines(capsys) == ["9/10 children in 7 seconds, about 7 seconds left"]


def test_a_preparation_says_nothing_about_the_pace(clock, capsys):
    bar = Lines(10, 0, "children")
    clock.now += 100
    bar.update()
    bar.unpause()
    clock.now += 2
    bar.update()
    assert lines(capsys)[1:] == [
        "2/10 children in 102 seconds, about 16 seconds left"
    ]


def test_nothing_is_shown_if_disabled(clock, capsys):
    with Lines(2, 0, "children", disable=True) as bar:
        bar.update(2)
        bar.write("text")
    assert lines(capsys) == []
