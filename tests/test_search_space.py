"""The defaults of a search space, and the shortest possible spaces."""

import dataclasses
import types

import pytest

from nas_tf.decisions import Categorical
from nas_tf.errors import UsageError
from nas_tf.evaluators.standalone import Standalone
from nas_tf.recipe import Recipe
from nas_tf.spaces.base import SearchSpace
from nas_tf.specs.choices import Choices
from nas_tf.specs.cost import Cost

TASK = types.SimpleNamespace(
    kind="classification",
    input_shape=(4,),
    num_outputs=3,
    failure_reward=0.0,
    check=lambda: None,
)


@dataclasses.dataclass(frozen=True)
class Table(SearchSpace):
    width: int = 3

    @property
    def decisions(self):
        return (Categorical("operation", self.width),) * 2


@dataclasses.dataclass(frozen=True)
class Dense(Table):
    kinds = ("classification",)

    def build(self, spec, task):
        import keras

        inputs = x = keras.Input(task.input_shape)
        for operation in spec.choices:
            x = keras.layers.Dense(operation + 1, use_bias=False)(x)
        return keras.Model(inputs, x)


def test_decisions_are_all_a_space_has_to_say():
    space = Table()
    spec = space.decode((1, 2))
    assert spec == Choices(("operation", "operation"), (1, 2))
    assert space.read_spec(spec.to_json()) == spec
    assert space.describe(spec) == "operation 1, operation 2"
    assert space.graph(spec).labels == ("operation 1", "operation 2")
    assert space.key((1, 2)) != space.key((2, 1))
    assert space.length(0) == 2
    assert list(space.active((1, 2))) == [True, True]
    assert space.recipe(spec) == Recipe()
    assert space.options() == ["width"]
    assert space.with_options({"width": 4}) == Table(4)
    space.check_task(TASK)


def test_a_space_without_build_says_so_in_one_line():
    space = Table()
    spec = space.decode((0, 0))
    for use in (space.build, space.cost):
        with pytest.raises(UsageError) as caught:
            use(spec, TASK)
        assert str(caught.value) == (
            "Expected a space that builds models. Received: space "
            "'tests.test_search_space.Table', which has no `build`"
        )


@pytest.mark.parametrize(
    "name, arguments",
    [("build_shared", (TASK,)), ("copy_shared", (None, (0, 0), None))],
)
def test_a_space_without_shared_weights_says_so_in_one_line(name, arguments):
    with pytest.raises(UsageError) as caught:
        getattr(Table(), name)(*arguments)
    assert str(caught.value) == (
        f"Expected a space whose architectures share weights. Received: space "
        f"'tests.test_search_space.Table', which has no `{name}`"
    )


def test_a_child_of_a_space_without_build_is_invalid():
    result = Standalone().evaluate(Table(), TASK, (0, 0), seed=0)
    assert result.status == "invalid"
    assert "which has no `build`" in result.error


def test_cost_is_counted():
    space = Dense()
    spec = space.decode((1, 2))
    assert space.cost(spec, TASK) == Cost(4 * 2 + 2 * 3, 4 * 2 + 2 * 3)


@pytest.mark.parametrize("kind", ["language_model", "translation"])
def test_tasks_of_another_kind_are_refused_in_one_line(kind):
    task = types.SimpleNamespace(kind=kind)
    with pytest.raises(UsageError, match="task of kind classification") as e:
        Dense().check_task(task)
    assert "\n" not in str(e.value)
    assert kind in str(e.value)
    Dense().check_task(TASK)
    Dense().check_task(types.SimpleNamespace())
    Table().check_task(task)
