"""Spaces of recurrent cells have the options and kinds of their skeleton."""

import dataclasses
import pickle
import sys
import types

import pytest

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.skeletons.language_model import LanguageModelSkeleton
from nas_tf.specs.cost import Cost

CALLS = ["tree(base=3)", "recurrent"]


@pytest.fixture(params=CALLS)
def space(request):
    return registry.make("spaces", request.param)


def task(kind="language_model", num_outputs=11):
    return types.SimpleNamespace(
        kind=kind, input_shape=(5,), num_outputs=num_outputs
    )


def test_a_skeleton_is_kept_with_all_its_options(space):
    assert space.network == LanguageModelSkeleton()
    assert space.skeleton == registry.call_string(space.network)
    short = dataclasses.replace(space, skeleton="language_model(units=3)")
    assert short.skeleton == registry.call_string(
        LanguageModelSkeleton(units=3)
    )
    again = pickle.loads(pickle.dumps(short))
    assert again == short
    assert again.network == short.network


def test_options_of_the_skeleton_can_be_changed(space):
    names = space.options()
    assert "skeleton" not in names
    assert {"units", "num_layers", "input_dropout"} <= set(names)
    changed = space.with_options({"units": 3, "input_dropout": 0.5})
    assert changed.network == LanguageModelSkeleton(units=3, input_dropout=0.5)
    assert changed.with_options({}) == changed
    with pytest.raises(UsageError, match="`input_dropout`.*Received: 2"):
        space.with_options({"input_dropout": 2})


def test_own_options_and_the_skeletons_together():
    space = registry.make("spaces", "tree(base=3)")
    changed = space.with_options({"base": 4, "units": 5})
    assert (changed.base, changed.network.units) == (4, 5)


def test_tasks_of_another_kind_are_refused(space):
    assert space.kinds == ("language_model",)
    space.check_task(task())
    with pytest.raises(UsageError, match="Expected a task of kind language_mo"):
        space.check_task(task("classification"))
    untold = types.SimpleNamespace(input_shape=(5,), num_outputs=11)
    space.check_task(untold)


def test_a_budget_that_is_too_small_for_the_task_is_refused(space):
    small = space.with_options({"params": 20})
    with pytest.raises(UsageError, match="at least .*Received: 20"):
        small.check_task(task())


@pytest.mark.parametrize(
    "skeleton, message",
    [
        (3, "Expected `skeleton` to be a string. Received: 3"),
        ("translater", "Unknown skeleton 'translater'"),
        ("language_model(units=0)", "Expected `units` to be"),
        ("language_model(layers=1)", "Unknown argument 'layers'"),
    ],
)
def test_a_wrong_skeleton_is_one_line(space, skeleton, message):
    with pytest.raises(UsageError) as caught:
        dataclasses.replace(space, skeleton=skeleton)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@dataclasses.dataclass(frozen=True)
class Pictures:
    """A skeleton for other cells than recurrent ones."""

    kind = "classification"
    cells = "image"


@dataclasses.dataclass(frozen=True)
class Translator:
    """A skeleton of recurrent cells for another kind of task."""

    kind = "translation"
    cells = "recurrent"
    units: int = 3

    def build(self, make_layer, cell_size, task):
        return [make_layer(self.units, lambda: "zeros", 0.5) for _ in range(2)]

    def cost(self, cell_size, task):
        layer = cell_size.cost(4, self.units)
        return Cost(2 * layer.params, 2 * layer.multiply_adds)


@pytest.fixture
def skeletons(monkeypatch):
    """Modules of the two, as a user would write them."""
    for name, make in (("pictures", Pictures), ("translator", Translator)):
        module = types.ModuleType(f"my.{name}")
        module.make = make
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setattr(make, "__module__", module.__name__)
    monkeypatch.setitem(sys.modules, "my", types.ModuleType("my"))


def test_skeletons_of_other_cells_are_refused(space, skeletons):
    with pytest.raises(UsageError, match="`skeleton` of recurrent cells"):
        dataclasses.replace(space, skeleton="my.pictures")


def test_a_skeleton_of_ones_own_decides_kind_options_and_model(
    space, skeletons
):
    space = dataclasses.replace(space, skeleton="my.translator(units=4)")
    assert space.kinds == ("translation",)
    assert "num_layers" not in space.options()
    assert space.with_options({"units": 5}).network.units == 5
    spec = space.decode((0,) * len(space.decisions))
    size = space.size_of(spec)
    assert space.cost(spec, task()).params == 2 * size.cost(4, 4).params
    layers = space.build(spec, task())
    assert len(layers) == 2
    for layer in layers:
        assert layer.return_sequences and layer.return_state
        assert layer.cell.units == 4
        assert layer.cell.recurrent_dropout == 0.5
        layer.build((None, None, 4))
        counted = layer.count_params()
        assert counted == size.cost(4, 4).params
