"""Formulas of update rules have brackets only where they are needed."""

import pytest

from nas_tf.specs.update_rule import KNOWN
from nas_tf.specs.update_rule import Group
from nas_tf.specs.update_rule import UpdateRuleSpec

SUM = Group("g", "m", combination="add")


@pytest.mark.parametrize(
    ("groups", "formula"),
    [
        ((SUM, Group("r1", "r1")), "(g + m) * (g + m)"),
        (
            (SUM, Group("r1", "g", "identity", "negative", "subtract")),
            "g + m - (-g)",
        ),
        ((SUM, Group("g", "r1", combination="subtract")), "g - (g + m)"),
        (
            (SUM, Group("g**2", "r1", "negative", combination="divide")),
            "(-g**2) / (g + m + 1e-8)",
        ),
        ((Group("g**2", "1e-3*w", combination="power"),), "(g**2) ** (1e-3*w)"),
        (
            (Group("m", "v", "clip_1e-4", "log_abs"),),
            "clip(m, 1e-4) * log(abs(v))",
        ),
        (
            (Group("g", "m", "drop_0.3", "sign", "left"),),
            "drop(g, 0.3)",
        ),
    ],
)
def test_formula(groups, formula):
    assert UpdateRuleSpec(groups).formula() == formula


def test_formulas_of_known_rules():
    assert {name: spec.formula() for name, spec in KNOWN.items()} == {
        "power_sign": "exp(sign(g) * sign(m)) * g",
        "add_sign": "(1 + sign(g) * sign(m)) * g",
        "sgd": "g",
        "momentum": "m",
        "adam": "adam",
        "rmsprop": "rmsprop",
    }


def test_lines_leave_out_what_has_no_effect():
    spec = UpdateRuleSpec((SUM, Group("v", "g")), learning_rate=0.5)
    assert spec.lines() == ["r2 = v * g", "new w = w - 0.5 * r2"]
