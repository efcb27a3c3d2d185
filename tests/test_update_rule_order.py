"""Equal rules have one form, different rules have different forms."""

import pytest

from nas_tf.specs.update_rule import Group
from nas_tf.specs.update_rule import UpdateRuleSpec
from nas_tf.specs.update_rule_order import canonical


def form(*groups):
    return canonical(UpdateRuleSpec(tuple(groups)))


def left(operand, function="identity"):
    return Group(operand, operand, function, combination="left")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([Group("g", "m")], [Group("m", "g")]),
        (
            [Group("g", "m", "exp", combination="add")],
            [Group("m", "g", "identity", "exp", "add")],
        ),
        # A group without effect, and a result that is only passed on.
        ([Group("v", "v"), Group("g", "m")], [Group("g", "m")]),
        ([Group("g", "m"), left("r1")], [Group("g", "m")]),
        ([left("g", "negative"), left("r1", "negative")], [left("g")]),
        ([left("g", "sign")], [left("sign(g)")]),
        ([left("sign(m)", "sign")], [left("m", "sign")]),
        (
            [Group("g", "m", "identity", "negative", "subtract")],
            [Group("g", "m", combination="add")],
        ),
        # What is left out of "left" has no effect.
        ([Group("g", "m", "exp", "sign", "left")], [left("g", "exp")]),
        (
            [left("g", "drop_0.1"), left("m", "drop_0.1"), Group("r1", "r2")],
            [Group("m", "g", "drop_0.1", "drop_0.1")],
        ),
    ],
)
def test_equal_rules(one, other):
    assert form(*one) == form(*other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            [Group("g", "m", combination="subtract")],
            [Group("m", "g", combination="subtract")],
        ),
        ([Group("g", "m", "exp")], [Group("g", "m", "identity", "exp")]),
        # The same entries are dropped twice, or different ones.
        (
            [left("g", "drop_0.5"), Group("r1", "r1")],
            [Group("g", "g", "drop_0.5", "drop_0.5")],
        ),
        ([left("g")], [left("g", "negative")]),
    ],
)
def test_different_rules(one, other):
    assert form(*one) != form(*other)
