"""What every spec can say of its architecture, and by default."""

import dataclasses

import pytest

from nas_tf.applications.nas_conv_net import V1
from nas_tf.errors import UsageError
from nas_tf.specs.base import Spec
from nas_tf.specs.cell_net import CellSpec
from nas_tf.specs.choices import Choices
from nas_tf.specs.graph import Graph
from nas_tf.specs.tree import NAS_CELL

SPECS = {
    "choices": Choices(("units",), (3,)),
    "conv": V1,
    "cell": CellSpec(("none",) * 6),
    "tree": NAS_CELL,
}


@dataclasses.dataclass(frozen=True)
class Plain(Spec):
    def to_json(self):
        return {}

    def describe(self):
        return "one, two"


def test_a_spec_needs_no_more_than_a_description_and_json():
    spec = Plain()
    assert spec.graph() == Graph(("one", "two"), ((0, 1),))
    assert spec.legend() == ""
    assert spec.lines() == []
    assert spec.depth() is None


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_every_spec_is_one(spec):
    assert isinstance(spec, Spec)
    assert type(spec).from_json(spec.to_json()) == spec
    assert isinstance(spec.graph(), Graph)
    assert isinstance(spec.legend(), str)
    assert all(isinstance(line, str) for line in spec.lines())


def test_layers_are_counted_where_there_are_some():
    assert {name: spec.depth() for name, spec in SPECS.items()} == {
        "choices": None,
        "conv": 15,
        "cell": None,
        "tree": None,
    }


def test_filters_are_added_where_there_are_some():
    assert V1.with_more_filters(40).layers[0].filters == 76
    for name in ("choices", "cell", "tree"):
        with pytest.raises(UsageError, match="add 40 filters") as caught:
            SPECS[name].with_more_filters(40)
        assert "\n" not in str(caught.value)
