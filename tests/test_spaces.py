"""One suite over every search space."""

import dataclasses
import json
import pickle

import keras
import numpy as np
import pytest

from nas_tf import registry
from nas_tf.children.activations import activations
from nas_tf.children.counting import count
from nas_tf.controller import Controller
from nas_tf.errors import UsageError
from nas_tf.spaces.base import SearchSpace
from nas_tf.specs.graph import Graph

# A space with a required argument, or too large by default to build quickly,
# is named here with the arguments it is tested with.
ARGUMENTS = {
    "conv": "conv(num_layers=4, num_filters=(4, 8))",
    "dense": "dense(units=(4, 8))",
    "enas_macro": "enas_macro(num_layers=3, filters=2)",
    "enas_micro": "enas_micro(num_blocks=1, num_repeats=1, filters=2)",
    "enas_recurrent": "enas_recurrent(num_nodes=4, skeleton='"
    "language_model(units=4, num_layers=1)')",
    "nasbench201": "nasbench201(channels=4, cells=1)",
    "nasnet": "nasnet(num_blocks=2, num_repeats=1, filters=2)",
    "recurrent": "recurrent(skeleton='language_model(units=4)')",
    "tree": "tree(base=3, skeleton='language_model(units=4)')",
}
VARIANTS = [
    "conv(num_layers=3, strides=(1, 2), num_filters=(4,))",
    "conv(num_layers=2, block_size=3, num_filters=(4, 6), pool_after=(2, 4))",
    "conv(num_layers=3, layer_types=('conv', 'max_pool', 'lcn'),"
    " num_filters=(4, 8), learning_rates=(0.1, 0.01), start_layers=1,"
    " grow_by=1, grow_every=10)",
    "conv(num_layers=3, skip_connections=False, num_filters=(4, 8))",
    "dense(num_layers=3, units=(4,), dropouts=(0.5,), batch_norm=False)",
    "dense(num_layers=1, activations=('tanh',), skip_connections=False)",
    "tree(skeleton='language_model(params=3000)',"
    " combinations=('add', 'elem_mult', 'max'),"
    " activations=('identity', 'tanh', 'sigmoid', 'relu', 'sin'))",
    "tree(base=2, combinations=('add',), use_bias=True, skeleton='"
    "language_model(units=3, num_layers=1, shared_embeddings=True,"
    " recurrent_dropout=0.5, output_dropout=0.5)')",
]
# Spaces for every kind of task whose targets are arrays.
OF_ARRAYS = ("conv", "dense", "nasbench201")
CALLS = [ARGUMENTS.get(n, n) for n in registry.names("spaces")] + VARIANTS


class SmallTask:
    kind = "classification"
    input_shape = (8, 8, 1)
    input_dtype = "float32"
    num_outputs = 3
    output_shape = (3,)
    inputs = (input_shape, input_dtype)


class SmallText:
    kind = "language_model"
    input_shape = (5,)
    input_dtype = "int32"
    num_outputs = 7
    output_shape = (5, 7)


# Spaces whose models are not for images.
TASKS = {"enas_recurrent": SmallText, "recurrent": SmallText, "tree": SmallText}


@pytest.fixture(params=CALLS)
def call(request):
    return request.param


@pytest.fixture
def space(call):
    return registry.make("spaces", call)


@pytest.fixture
def task(call):
    name, _ = registry.parse_call(call)
    return TASKS.get(name, SmallTask)


def rows(space, count=5, length=None):
    rng = np.random.default_rng(0)
    decisions = space.decisions[:length]
    return [tuple(d.random(rng) for d in decisions) for _ in range(count)]


def test_no_option_takes_the_place_of_a_method(space):
    methods = {
        n for n in vars(SearchSpace) if callable(getattr(SearchSpace, n))
    }
    assert not methods & {field.name for field in dataclasses.fields(space)}


def test_what_training_keeps_is_that_of_the_built_model(space, task):
    for row in rows(space, 2):
        spec = space.decode(row)
        kept = space.num_activations(spec, task)
        if kept is not None:
            assert kept == activations(space.build(spec, task))


def test_decisions_are_the_same_each_time(space):
    assert space.decisions == space.decisions
    assert isinstance(space.decisions, tuple)


def test_length_is_a_prefix_and_never_shrinks(space):
    lengths = [space.length(n) for n in range(0, 100, 5)]
    assert lengths == sorted(lengths)
    assert 1 <= lengths[0] <= lengths[-1] <= len(space.decisions)


def test_decodes_at_every_length(space):
    for length in {space.length(n) for n in range(100)}:
        for row in rows(space, length=length):
            spec = space.decode(row)
            json.dumps(spec.to_json(), allow_nan=False)
            assert space.key(row) == space.key(row)
            assert len(space.active(row)) == length


def test_encodes_what_it_decodes(space):
    for length in {space.length(n) for n in range(100)}:
        for row in rows(space, 20, length):
            spec = space.read_spec(space.decode(row).to_json())
            encoded = space.encode(spec)
            assert space.decode(encoded) == spec
            # Only decisions without effect may differ.
            active = space.active(row)
            same = np.array(encoded) == np.array(row)
            assert len(encoded) == length
            assert (same | ~active).all()


def test_decodes_numpy_integers(space):
    [row] = rows(space, 1)
    assert space.decode(np.array(row)) == space.decode(row)
    json.dumps(space.decode(np.array(row)).to_json())


def test_refuses_invalid_rows(space):
    [row] = rows(space, 1)
    for step, decision in enumerate(space.decisions):
        wrong = list(row)
        wrong[step] = decision.num_actions
        with pytest.raises(UsageError, match=f"action {step} "):
            space.decode(wrong)


def test_cost_is_that_of_the_built_model(space, task):
    for row in rows(space, 3):
        spec = space.decode(row)
        model = space.build(spec, task)
        cost = space.cost(spec, task)
        assert cost == count(model)
        assert cost == SearchSpace.cost(space, spec, task)


def test_tasks_of_another_kind_are_refused(space, task):
    space.check_task(task)
    if not space.kinds:
        return
    assert task.kind in space.kinds

    class Other(task):
        kind = "other"

    with pytest.raises(UsageError, match="Expected a task of kind"):
        space.check_task(Other)


def test_options_can_be_changed(space):
    names = space.options()
    assert len(set(names)) == len(names)
    assert space.with_options({}) == space


def test_model_fits_the_task(space, task):
    [row] = rows(space, 1)
    model = space.build(space.decode(row), task)
    assert not model.compiled
    out = model(np.zeros((2, *task.input_shape), task.input_dtype))
    assert out.shape == (2, *task.output_shape)


@pytest.mark.parametrize("name", OF_ARRAYS)
def test_outputs_are_what_the_task_says(name):
    """Numbers are predicted in their own units, shares in [0, 1]."""

    class Numbers(SmallTask):
        kind = "regression"
        output_activation = "linear"
        output_scale = ((100.0, 0.0, -100.0), (1.0, 2.0, 1e-3))

    class Labels(SmallTask):
        kind = "multi_label"
        output_activation = "sigmoid"

    space = registry.make("spaces", ARGUMENTS[name])
    row = rows(space, 1)[0]
    images = np.random.default_rng(0).normal(size=(5, 8, 8, 1))
    for task in (Numbers, Labels):
        space.check_task(task)
        model = space.build(space.decode(row), task)
        assert space.cost(space.decode(row), task) == count(model)
        found = keras.ops.convert_to_numpy(model(images.astype(np.float32)))
        if task is Labels:
            assert (found >= 0).all() and (found <= 1).all()
            assert np.abs(found.sum(1) - 1).max() > 1e-3
        else:
            near = np.abs(found - Numbers.output_scale[0])
            assert (near < 30 * np.array(Numbers.output_scale[1])).all()
            assert near.max() > 1e-3


@pytest.mark.parametrize("name", ["conv", "nasbench201"])
def test_columns_are_not_pictures(name):
    class Columns(SmallTask):
        input_ndim = 1
        inputs = ((13,), "float32")

    space = registry.make("spaces", ARGUMENTS[name])
    with pytest.raises(UsageError, match=r"one input with 3 axes.*'dense'"):
        space.check_task(Columns)
    registry.make("spaces", "dense").check_task(Columns)


def test_is_described_and_drawn(space):
    [row] = rows(space, 1)
    spec = space.decode(row)
    assert "\n" not in space.describe(spec)
    graph = space.graph(spec)
    assert isinstance(graph, Graph)
    assert all(a < b < len(graph.labels) for a, b in graph.edges)


def test_travels_to_a_worker(space):
    [row] = rows(space, 1)
    arrived = pickle.loads(pickle.dumps(space))
    assert arrived == space
    assert hash(arrived) == hash(space)
    assert arrived.decode(row) == space.decode(row)
    json.dumps(registry.call_string(space))


def test_controller_speaks_it(space):
    controller = Controller(space.decisions)
    rollout = controller.unroll(space.decisions, batch_size=3, seed=0)
    scores = controller.unroll(space.decisions, actions=rollout.actions)
    for row in keras.ops.convert_to_numpy(rollout.actions):
        space.decode(row)
    np.testing.assert_array_equal(
        keras.ops.convert_to_numpy(rollout.log_probs),
        keras.ops.convert_to_numpy(scores.log_probs),
    )
