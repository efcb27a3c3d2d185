"""ENAS's macro space: sizes of the authors' networks, and shared weights."""

import keras
import numpy as np
import pytest

from nas_tf import registry
from nas_tf.children import counting
from nas_tf.errors import UsageError
from nas_tf.spaces.enas_macro import ENASMacro
from nas_tf.specs import macro_stack
from nas_tf.specs.enas_macro import OPERATIONS
from nas_tf.specs.enas_macro import MacroSpec
from nas_tf.specs.enas_published import ENAS_MACRO
from tests import sharing


class Pictures:
    kind = "classification"
    input_shape = (32, 32, 3)
    num_outputs = 10


class Small(Pictures):
    input_shape = (8, 8, 3)
    num_outputs = 3


@pytest.mark.parametrize("filters, wanted", [(96, 42559392), (36, 5997852)])
def test_sizes_of_the_published_network(filters, wanted):
    space = ENASMacro(num_layers=24, filters=filters)
    assert space.cost(ENAS_MACRO, Pictures()).params == wanted


def test_number_of_networks_of_the_paper():
    """6^L 2^(L (L - 1) / 2) with L = 12."""
    sizes = [decision.num_actions for decision in ENASMacro().decisions]
    assert np.prod([float(n) for n in sizes]) == 6.0**12 * 2.0**66
    assert pytest.approx(1.6e29, rel=0.01) == 6.0**12 * 2.0**66


def test_decoding():
    space = ENASMacro(num_layers=4)
    spec = space.decode((0, 0, 1, 1, 4, 0, 5, 0b101))
    assert spec.describe() == (
        "1: conv_3x3; 2: separable_conv_3x3 + 0; 3: avg_pool_3x3; "
        "4: max_pool_3x3 + 0,2"
    )
    assert (1, 4) not in spec.graph().edges
    assert {(0, 4), (2, 4), (3, 4)} < set(spec.graph().edges)


def test_the_published_network_is_of_the_space():
    space = ENASMacro(num_layers=24, filters=96)
    assert space.decode(space.encode(ENAS_MACRO)) == ENAS_MACRO


def test_size_is_halved_after_each_third():
    assert macro_stack.reductions(12) == (4, 8)
    assert macro_stack.reductions(2) == ()


def test_built_networks_are_as_counted():
    space = ENASMacro(num_layers=5, filters=3)
    keras.utils.clear_session()
    for row in sharing.random_rows(space, 2):
        spec = space.decode(row)
        model = space.build(spec, Small())
        assert counting.count(model) == space.cost(spec, Small())


@pytest.mark.slow
def test_size_of_all_shared_weights():
    keras.utils.clear_session()
    shared = ENASMacro().build_shared(Pictures(), affine=True)
    assert sharing.num_weights(shared) == 697860


X = np.random.default_rng(0).normal(size=(4, 8, 8, 3)).astype("float32")


@pytest.mark.parametrize("doubling", [False, True])
def test_shared_weights_are_exact(doubling):
    space = ENASMacro(num_layers=4, filters=2, shared_doubling=doubling)
    rows = sharing.random_rows(space, 3)
    sharing.check(space, Small(), X, rows, compiled=False)


@pytest.mark.parametrize("doubling, filters", [(False, 3), (True, 12)])
def test_filters_of_the_last_layers(doubling, filters):
    keras.utils.clear_session()
    space = ENASMacro(num_layers=3, filters=3, shared_doubling=doubling)
    shared = space.build_shared(Small())
    assert shared.get_layer("layer_3").output.shape == (None, 2, 2, filters)


def test_all_operations_compute_something_else():
    """In the authors' code all of them return the same."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(0)
    space = ENASMacro(num_layers=1, filters=4)
    shared = space.build_shared(Small())
    found = [
        np.array(
            shared((keras.ops.convert_to_tensor(X), keras.ops.array([k, 0])))
        )
        for k in range(len(OPERATIONS))
    ]
    for number, outputs in enumerate(found):
        for others in found[:number]:
            assert np.abs(outputs - others).max() > 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("operations", [OPERATIONS, OPERATIONS[:1]])
def test_all_architectures_are_traced_once(operations):
    space = ENASMacro(num_layers=3, filters=2, operations=operations)
    rows = sharing.random_rows(space, 4)
    sharing.check(space, Small(), X, rows, affine=True)


@pytest.mark.parametrize(
    "operations, skips, words",
    [
        ((), (), "Expected operations of"),
        (("sum",), ((),), "Expected operations of"),
        (("conv_3x3",), (), "for each of 1 layers"),
        (("conv_3x3",), ((0,),), "of layer 1 from different nodes below 0"),
        (("conv_3x3",) * 3, ((), (), (1, 0)), "of layer 3"),
        (("conv_3x3",) * 3, ((), (), (2,)), "of layer 3"),
    ],
)
def test_bad_networks_are_one_line(operations, skips, words):
    with pytest.raises(UsageError, match=words):
        MacroSpec(operations, skips)


@pytest.mark.parametrize(
    "record", [None, {}, {"operations": [], "skips": [1]}, {"operations": []}]
)
def test_bad_records_are_one_line(record):
    with pytest.raises(UsageError, match="Expected"):
        MacroSpec.from_json(record)


@pytest.mark.parametrize(
    "call, words",
    [
        ("enas_macro(num_layers=33)", "`num_layers` to be a whole number"),
        ("enas_macro(operations=('conv',))", "`operations` to be a tuple"),
        ("enas_macro(filters=1)", "`filters` to be a whole number"),
        ("enas_macro(skip_target=1)", "`skip_target` to be None or a number"),
        ("enas_macro(dropout=1)", "`dropout` to be a number"),
        ("enas_macro(shared_doubling=2)", "`shared_doubling` to be"),
    ],
)
def test_bad_options_are_one_line(call, words):
    with pytest.raises(UsageError, match=words):
        registry.make("spaces", call)


def test_a_network_of_another_space_is_not_encoded():
    with pytest.raises(UsageError, match="network of 12 layers. Received: 24"):
        ENASMacro().encode(ENAS_MACRO)
    with pytest.raises(UsageError, match="conv_3x3 everywhere"):
        space = ENASMacro(num_layers=24, operations=("conv_3x3",))
        space.encode(ENAS_MACRO)
