"""A user's arguments are checked."""

import pytest

from nas_tf import registry
from nas_tf.errors import UsageError


def test_unknown_argument_lists_what_there_is():
    with pytest.raises(UsageError, match="'layers'.*It takes: num_layers, "):
        registry.make("spaces", "conv(layers=3)")


def test_missing_argument_is_named():
    with pytest.raises(UsageError, match="Missing argument 'b'"):
        registry.call_with_literals(lambda a, b: None, "part", {"a": 1})


def options(count: int, rate: float | None = None, name: str = "a"):
    return count, rate, name


@pytest.mark.parametrize(
    "arguments, wanted",
    [
        ({"count": 1.5}, "`count` to be a whole number"),
        ({"count": True}, "`count` to be a whole number"),
        ({"count": 1, "rate": "x"}, "`rate` to be a finite number or None"),
        ({"count": 1, "rate": float("nan")}, "`rate` to be a finite number"),
        ({"count": 1, "name": 3}, "`name` to be a string"),
    ],
)
def test_values_have_the_types_of_annotations(arguments, wanted):
    with pytest.raises(UsageError, match=f"part: Expected {wanted}"):
        registry.call_with_literals(options, "part", arguments)


def test_whole_number_is_a_float_too():
    arguments = {"count": 1, "rate": 2}
    found = registry.call_with_literals(options, "part", arguments)
    assert found == (1, 2, "a")


def test_first_line_of_another_error_is_told():
    def make(value):
        raise ValueError("too large\nby far")

    with pytest.raises(UsageError, match="accept value=3: too large$"):
        registry.call_with_literals(make, "part", {"value": 3})
