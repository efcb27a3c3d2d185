"""Checks of users' values, and their messages."""

import types

import pytest

from nas_tf import checks
from nas_tf.errors import UsageError

NAN, INFINITY = float("nan"), float("inf")


def refused(check, value, *arguments, **options):
    """Returns the message about a value, "" if it is accepted."""
    said = set()
    for part in (types.SimpleNamespace(x=value), {"x": value}):
        try:
            check(part, "x", *arguments, **options)
            said.add("")
        except UsageError as error:
            said.add(str(error))
    (text,) = said
    return text


@pytest.mark.parametrize("value", [1, 2, 2**31 - 1])
def test_whole_numbers_pass(value):
    assert not refused(checks.whole, value)


@pytest.mark.parametrize("value", [0, -1, 1.0, True, "1", None, NAN, [1]])
def test_anything_else_is_not_whole(value):
    assert refused(checks.whole, value) == (
        f"Expected `x` to be a whole number from 1. Received: {value!r}"
    )


def test_ranges_of_whole_numbers():
    assert not refused(checks.whole, 0, minimum=0)
    assert not refused(checks.whole, None, optional=True)
    assert not refused(checks.whole, 5, maximum=5)
    assert refused(checks.whole, 6, minimum=2, maximum=5, optional=True) == (
        "Expected `x` to be None or a whole number from 2 to 5. Received: 6"
    )


@pytest.mark.parametrize(
    "options, good, bad, wanted",
    [
        ({}, [0, -1.5], [NAN, INFINITY, True, "1", None], "a finite number"),
        ({"minimum": 0}, [0, 0.5], [-0.1, INFINITY], "a finite number >= 0"),
        ({"above": 0}, [1e-9, 3], [0, -1, NAN], "a finite number > 0"),
        ({"maximum": 0}, [0, -3], [1e-9, -INFINITY], "a finite number <= 0"),
        ({"below": 1}, [0.9, -3], [1], "a finite number < 1"),
        (
            {"minimum": 0, "below": 1},
            [0, 0.99],
            [1, -0.1],
            "a number in [0, 1)",
        ),
        ({"above": 0, "maximum": 1}, [1, 0.1], [0, 2], "a number in (0, 1]"),
        (
            {"above": 0, "optional": True},
            [None, 1],
            [0],
            "None or a finite number > 0",
        ),
    ],
)
def test_ranges_of_numbers(options, good, bad, wanted):
    for value in good:
        assert not refused(checks.number, value, **options)
    for value in bad:
        assert refused(checks.number, value, **options) == (
            f"Expected `x` to be {wanted}. Received: {value!r}"
        )


def test_booleans_and_strings():
    assert not refused(checks.boolean, False)
    assert "True or False. Received: 1" in refused(checks.boolean, 1)
    assert not refused(checks.text, "")
    assert "to be a string. Received: None" in refused(checks.text, None)
    assert not refused(checks.text, None, optional=True)
    assert "None or a string. Received: 1" in refused(
        checks.text, 1, optional=True
    )


def test_choices():
    assert not refused(checks.one_of, "a", ("a", "b"))
    assert refused(checks.one_of, "c", ("a", "b")) == (
        "Expected `x` to be one of a, b. Received: 'c'"
    )
    assert not refused(checks.several_of, ("b", "a"), ("a", "b"))
    for value in ((), ("a", "a"), ("c",), "a", ["a"]):
        assert refused(checks.several_of, value, ("a", "b")) == (
            f"Expected `x` to be a tuple of different ones of a, b. Received: "
            f"{value!r}"
        )


def test_several_whole_numbers():
    assert not refused(checks.several_whole, (3, 1))
    assert not refused(checks.several_whole, (0,), minimum=0)
    for value in ((), (1, 1), (0,), (1.0,), (True,), 1, [1]):
        assert refused(checks.several_whole, value) == (
            f"Expected `x` to be a tuple of different whole numbers from 1. "
            f"Received: {value!r}"
        )


def test_a_long_value_is_cut():
    assert len(refused(checks.whole, "a" * 10_000)) < 300


def test_all_names_are_checked():
    with pytest.raises(UsageError, match="`b` to be"):
        checks.whole({"a": 1, "b": 0}, "a", "b")


def test_shares_have_a_sum_below_one():
    checks.shares({"a": 0.5, "b": 0.4}, "a", "b")
    with pytest.raises(UsageError, match="`a` and `b` with a sum below 1"):
        checks.shares({"a": 0.5, "b": 0.5}, "a", "b")
    with pytest.raises(UsageError, match="`b` to be a number in"):
        checks.shares({"a": 0.5, "b": 0}, "a", "b")
