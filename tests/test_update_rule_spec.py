"""Update rules as data."""

import json

import pytest

from nas_tf.errors import UsageError
from nas_tf.report import specs as readers
from nas_tf.specs import update_rule as specs
from nas_tf.specs.update_rule import KNOWN
from nas_tf.specs.update_rule import Group
from nas_tf.specs.update_rule import UpdateRuleSpec

ADD_SIGN = KNOWN["add_sign"]


def test_json_is_read_again():
    for spec in (*KNOWN.values(), ADD_SIGN.with_learning_rate(0.1)):
        record = json.loads(json.dumps(spec.to_json()))
        assert UpdateRuleSpec.from_json(record) == spec
        # Reports read it without its space.
        assert readers.read(record) == spec


def test_what_has_an_effect():
    groups = (
        Group("gamma", "ld"),
        Group("g", "m", combination="left"),
        Group("r2", "1"),
    )
    spec = UpdateRuleSpec(groups)
    assert spec.alive == (False, True, True)
    assert spec.operands == ("g", "1")
    assert not spec.has_decay
    assert specs.only("cd_0.5").has_decay


def test_graph_leads_from_operands_to_the_update():
    graph = ADD_SIGN.graph()
    assert graph.labels == (
        "sign(g)",
        "sign(m)",
        "1",
        "g",
        "r1 = sign(g) * sign(m)",
        "r2 = 1 + r1",
        "update = r2 * g",
    )
    assert graph.edges == ((0, 4), (1, 4), (2, 5), (4, 5), (5, 6), (3, 6))


def test_description_has_the_rate_that_was_found():
    spec = ADD_SIGN.with_learning_rate(0.01)
    assert spec.describe().endswith("* g, learning rate 0.01")


@pytest.mark.parametrize(
    "make",
    [
        lambda: UpdateRuleSpec(()),
        lambda: UpdateRuleSpec((Group("g", "h"),)),
        lambda: UpdateRuleSpec((Group("r1", "g"),)),
        lambda: UpdateRuleSpec((Group("g", "cd_0"),)),
        lambda: UpdateRuleSpec((Group("g", "g", "tanh"),)),
        lambda: UpdateRuleSpec((Group("g", "g", combination="max"),)),
        lambda: ADD_SIGN.with_learning_rate(0),
        lambda: UpdateRuleSpec.from_json({"groups": 5}),
        lambda: UpdateRuleSpec.from_json({"groups": [["g", "m"]]}),
        lambda: UpdateRuleSpec.from_json({"groups": [], "rate": 1}),
        lambda: UpdateRuleSpec.from_json([1]),
    ],
)
def test_mistakes_are_one_line(make):
    with pytest.raises(UsageError, match=r"^Expected .*Received.*$"):
        make()
