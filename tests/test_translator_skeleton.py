"""The translator around a recurrent cell, and equal amounts of computing."""

import dataclasses
import types

import keras
import numpy as np
import pytest

from nas_tf import registry
from nas_tf.children.counting import count
from nas_tf.errors import UsageError
from nas_tf.skeletons.translator import TranslatorSkeleton
from nas_tf.specs.cost import CELLS

TASK = types.SimpleNamespace(num_outputs=11, kind="translation")
WORDS = types.SimpleNamespace(num_outputs=10_000)


def build(space, options="units=4"):
    space = dataclasses.replace(
        registry.make("spaces", space), skeleton=f"translator({options})"
    )
    space.check_task(TASK)
    spec = space.decode((0,) * len(space.decisions))
    return space, spec, space.build(spec, TASK)


@pytest.mark.parametrize(
    "space, options",
    [
        ("recurrent", "units=4, num_encoder_layers=3, num_decoder_layers=1"),
        ("tree(base=3, use_bias=True)", "units=4, embedding_size=5"),
        ("enas_recurrent(num_nodes=3)", "units=4, num_encoder_layers=1"),
        ("recurrent", "units=4, shared_embedding=False"),
        ("tree(base=8)", "matched_to='lstm(units=6)'"),
    ],
)
def test_cost_is_that_of_the_built_model(space, options):
    space, spec, model = build(space, options)
    assert space.cost(spec, TASK) == count(model)


@pytest.mark.parametrize(
    ("options", "narrow", "wide"),
    [
        ("units=64, init_range=0.1", 0.1, 1.0),
        ("units=64, init_range=0.1, embedding_range=0.3", 0.1, 0.3),
        # 0.1 at 1,024 units.
        ("units=64", 0.4, 1.0),
    ],
)
def test_initial_weights_are_within_their_ranges(options, narrow, wide):
    model = build("recurrent", options)[2]
    for weight in model.trainable_variables:
        bound = wide if "embedding" in weight.path else narrow
        if len(weight.shape) == 2:
            largest = np.abs(keras.ops.convert_to_numpy(weight)).max()
            assert 0.95 * bound < largest <= bound, weight.path
    again = type(model).from_config(model.get_config())
    assert again.embedding_range == wide


def test_another_cell_of_equal_units_leaves_all_other_shapes():
    shapes = []
    for name in ("recurrent", "tree(base=8)", "enas_recurrent(num_nodes=3)"):
        model = build(name)[2]
        inner = {id(v) for layer in model.recurrent for v in layer.variables}
        others = [v for v in model.variables if id(v) not in inner]
        shapes.append(
            [(v.name, v.shape) for v in others if "seed" not in v.name]
        )
    assert shapes[0] == shapes[1] == shapes[2]
    assert len(shapes[0]) == 7


def test_golden_counts():
    cost = TranslatorSkeleton().cost(CELLS["lstm"], WORDS)
    # 5 layers of 256 and 512 or 768 columns; attention; softmax.
    layers = 2 * 4 * 256 * 512 + 3 * 4 * 256 * 768
    attention = 2 * 256 * 256 + 256
    assert cost.multiply_adds == layers + attention + 2_560_000 == 6_099_200
    # Biases of cells and the attention with its scale; embedding.
    assert cost.params == 6_099_200 + 5 * 1024 + 257 + 2_560_000


@pytest.mark.parametrize(
    "cell, units, size",
    [
        ("lstm", 256, 256),
        ("gru", 256, 285),
        ("nascell", 256, 192),
        ("lstm", 1024, 1024),
        ("nascell", 1024, 716),
        ("enas", 256, 176),
    ],
)
def test_units_of_equal_multiply_adds(cell, units, size):
    skeleton = TranslatorSkeleton(matched_to=f"lstm(units={units})")
    assert skeleton.units_of(CELLS[cell], WORDS) == size
    other = TranslatorSkeleton(units=units).cost(CELLS["lstm"], WORDS)
    found = skeleton.cost(CELLS[cell], WORDS)
    assert found.multiply_adds == pytest.approx(other.multiply_adds, rel=5e-3)
    for step in (-1, 1):
        near = TranslatorSkeleton(units=size + step, embedding_size=units).cost(
            CELLS[cell], WORDS
        )
        assert abs(near.multiply_adds - other.multiply_adds) >= abs(
            found.multiply_adds - other.multiply_adds
        )


@pytest.mark.parametrize("space", ["recurrent", "enas_recurrent"])
def test_outputs_are_as_large_as_an_automatic_scale_says(space):
    keras.utils.set_random_seed(0)
    model = build(space, "units=64")[2]
    again = build(space, "units=64, output_scale=None")[2]
    assert model.output_scale == again.output_scale > 1.2
    source = np.random.default_rng(0).integers(1, 11, (64, 16))
    state, _ = model.encode(source)
    plain = type(model).from_config({**model.get_config(), "output_scale": 1})
    smaller, _ = plain.encode(source)
    deviation = float(keras.ops.std(state["values"]))
    assert 0.2 < deviation < 0.6
    assert deviation > 1.2 * float(keras.ops.std(smaller["values"]))


def test_an_automatic_scale_changes_no_weights():
    weights = []
    for scale in ("1", "None"):
        keras.utils.set_random_seed(0)
        model = build("tree(base=3)", f"units=8, output_scale={scale}")[2]
        weights.append(model.get_weights())
    for one, other in zip(*weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_both_counts_are_told():
    space = registry.make(
        "spaces", "tree(skeleton='translator(matched_to=\"lstm(units=256)\")')"
    )
    told = space.remarks(WORDS)
    assert told["Model"].startswith("192 units, 6,1")
    assert told["Matched to"] == (
        "lstm(units=256), 6,099,200 multiply-adds a subword, 8,664,577 "
        "parameters"
    )
    assert registry.make("spaces", "tree").remarks(WORDS) == {}


@pytest.mark.parametrize(
    "options, message",
    [
        ("units=0", "Expected `units` to be"),
        ("units=3, matched_to='gru(units=3)'", "Expected one of `units` and"),
        ("matched_to='lstn(units=3)'", "Received: lstn(units=3)"),
        ("matched_to='lstm'", "Expected `matched_to` to be one of lstm(units="),
        ("matched_to='lstm(units=0)'", "Expected `units` to be"),
        ("matched_to='lstm('", "lstm("),
        ("num_encoder_layers=0", "Expected `num_encoder_layers` to be"),
        ("dropout=1", "Expected `dropout` to be"),
        ("shared_embedding=1", "Expected `shared_embedding` to be"),
        ("embedding_range=0", "Expected `embedding_range` to be"),
    ],
)
def test_wrong_options_are_refused_in_one_line(options, message):
    with pytest.raises(UsageError) as caught:
        registry.make("skeletons", f"translator({options})")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_weights_are_not_shared_by_architectures():
    space = build("enas_recurrent(num_nodes=3)")[0]
    with pytest.raises(UsageError, match="share weights"):
        space.build_shared(TASK)
