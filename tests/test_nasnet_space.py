"""The search space of two cells."""

import numpy as np
import pytest

from nas_tf import decisions
from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.spaces.nasnet import NASNet
from nas_tf.specs import image_cell as cells
from nas_tf.specs.nasnet import NASNET_A


def random_row(space, seed):
    rng = np.random.default_rng(seed)
    return tuple(decision.random(rng) for decision in space.decisions)


def test_number_of_choices_of_the_paper():
    """Of one cell of five blocks: prod (2 + b)^2 x 13^2 x 2."""
    space = NASNet()
    assert len(space.decisions) == 2 * 5 * 5
    sizes = [d.num_actions for d in space.decisions[:25]]
    assert np.prod(np.array(sizes, float)) == pytest.approx(2.2869e18, rel=1e-4)


def test_decisions_have_names():
    names = decisions.names(NASNet(num_blocks=2).decisions)
    assert names[:5] == [
        "normal_input_of_2/1",
        "normal_input_of_2/2",
        "normal_operation/1",
        "normal_operation/2",
        "normal_combination/1",
    ]
    assert names[10] == "reduction_input_of_2/1"


def test_decoding():
    space = NASNet(num_blocks=2, operations=("identity", "conv_3x3"))
    row = (0, 1, 1, 0, 0, 2, 0, 0, 1, 1) + (1, 1, 0, 0, 0, 0, 1, 1, 1, 0)
    spec = space.decode(row)
    assert spec.normal.describe() == (
        "2: conv_3x3(0) + identity(1); 3: concat(identity(2), conv_3x3(0)); "
        "out: 3"
    )
    assert spec.reduction.describe() == (
        "2: identity(1) + identity(1); 3: conv_3x3(0) + conv_3x3(1); out: 2,3"
    )


def test_a_single_choice_is_no_decision():
    space = NASNet(
        num_blocks=1, operations=("conv_1x1",), combinations=("concat",)
    )
    assert len(space.decisions) == 4
    block = space.decode((0, 1, 1, 1)).reduction.blocks[0]
    assert str(block) == "concat(conv_1x1(1), conv_1x1(1))"


def test_all_states_can_be_put_out():
    space = NASNet(num_blocks=3, outputs="all")
    spec = space.decode(random_row(space, 0))
    assert spec.normal.put_out() == spec.reduction.put_out() == (2, 3, 4)


def test_operands_may_be_swapped():
    space = NASNet(num_blocks=1)
    row, swapped = (0, 1, 3, 4, 0), (1, 0, 4, 3, 0)
    assert space.key(row * 2) == space.key(swapped + row)
    assert space.key(row * 2) != space.key((1, 0, 3, 4, 0) + row)


def test_the_cells_are_not_interchangeable():
    space = NASNet(num_blocks=1)
    first, second = (0, 1, 3, 4, 0), (0, 0, 2, 2, 1)
    assert space.key(first + second) != space.key(second + first)


def test_the_published_cells_are_read():
    spec = NASNet().read_spec(NASNET_A.to_json())
    assert spec == NASNET_A


class Pictures:
    kind = "classification"
    input_shape = (32, 32, 3)
    num_outputs = 10


def test_a_winner_is_built_larger():
    """Options of the network leave decisions and specs as they are."""
    small = NASNet(num_repeats=1, filters=4)
    large = small.with_options({"num_repeats": 6, "filters": 32})
    assert large.decisions == small.decisions
    task = Pictures()
    assert large.cost(NASNET_A, task).params == 3346538
    assert small.cost(NASNET_A, task).params < 40_000


def test_large_pictures_pass_the_stem_for_imagenet():
    large = Pictures()
    large.input_shape = (224, 200, 3)
    space = NASNet()
    assert space.layout(Pictures()).stem == "cifar"
    assert space.layout(large).stem == "imagenet"
    assert NASNet(stem="cifar").layout(large).stem == "cifar"


@pytest.mark.parametrize(
    "space, words",
    [
        (NASNet(num_blocks=4), "cells of 4 blocks. Received: 5"),
        (NASNet(combinations=("concat",)), "concat everywhere"),
        (NASNet(operations=("identity", "conv_3x3")), "Expected"),
    ],
)
def test_a_spec_of_another_space_is_not_encoded(space, words):
    with pytest.raises(UsageError, match=words):
        space.encode(NASNET_A)


@pytest.mark.parametrize(
    "call, words",
    [
        ("nasnet(num_blocks=0)", "`num_blocks` to be a whole number from 1"),
        ("nasnet(num_blocks=9)", "`num_blocks` to be a whole number from 1 to"),
        ("nasnet(operations=())", "`operations` to be a tuple"),
        ("nasnet(operations=('conv',))", "`operations` to be a tuple"),
        ("nasnet(combinations=('add', 'add'))", "`combinations` to be a"),
        ("nasnet(outputs='some')", "`outputs` to be one of unread, all"),
        ("nasnet(stem='imagnet')", "`stem` to be one of auto, cifar, imagenet"),
        ("nasnet(stem='imagenet', filters=4)", "`filters` to be a whole"),
        ("nasnet(filters=0)", "`filters` to be a whole number from 1"),
        ("nasnet(num_repeats=1.5)", "`num_repeats` to be a whole number"),
        ("nasnet(skip_reduction=1)", "`skip_reduction` to be True or False"),
        ("nasnet(dropout=1)", "`dropout` to be a number in"),
    ],
)
def test_bad_options_are_one_line(call, words):
    with pytest.raises(UsageError, match=words):
        registry.make("spaces", call)


def test_every_operation_can_be_chosen():
    space = NASNet(num_blocks=1)
    found = {
        space.decode((0, 0, number, 0, 0) * 2).normal.blocks[0].left_operation
        for number in range(13)
    }
    assert found == set(cells.OPERATIONS)


class Trained(Pictures):
    auxiliary_weight = 0.4
    num_steps = 50


def test_parts_for_training_are_in_the_trained_model_only():
    space = NASNet(num_blocks=1, num_repeats=1, filters=2, drop_path_keep=0.7)
    spec = space.decode(random_row(space, 1))
    trained = space.build(spec, Trained())
    plain = space.build_for_inference(spec, Trained())
    assert [shape[1] for shape in trained.output_shape] == [10, 10]
    assert plain.output_shape == (None, 10)
    progress = trained.get_layer("training_progress")
    assert progress.num_steps == 50
    names = {layer.name for layer in trained.layers if layer.weights}
    assert {layer.name for layer in plain.layers if layer.weights} < names


def test_there_is_one_model_without_such_parts():
    space = NASNet(num_blocks=1)
    spec = space.decode(random_row(space, 1))
    assert space.build_for_inference(spec, Pictures()) is None


def test_dropping_paths_needs_the_number_of_steps():
    space = NASNet(drop_path_keep=0.6)
    space.check_task(Trained())
    with pytest.raises(UsageError, match="`num_steps` of training"):
        space.check_task(Pictures())


def test_other_spaces_refuse_an_auxiliary_output():
    conv = registry.make("spaces", "conv(num_layers=2)")
    with pytest.raises(UsageError, match="Expected auxiliary_weight=0"):
        conv.check_task(Trained())
    conv.check_task(Pictures())
