import numpy as np
import pytest

from nas_tf.errors import UsageError
from nas_tf.recipe import Recipe
from nas_tf.spaces.conv import Conv
from nas_tf.specs.conv_net import Layer

V1 = Conv()
V2 = Conv(num_layers=20, strides=(1, 2, 3))
V3 = Conv(
    num_layers=13,
    block_size=3,
    num_filters=(6, 12, 24, 36),
    pool_after=(13, 24),
)


def kinds(space):
    return [decision.kind for decision in space.decisions]


def test_v1_asks_in_the_papers_order():
    assert (
        kinds(V1)[:8]
        == [
            "filter_height",
            "filter_width",
            "num_filters",
            "skip",
        ]
        * 2
    )
    assert len(V1.decisions) == 15 * 4
    skips = [d.size for d in V1.decisions if d.kind == "skip"]
    assert skips == list(range(15))


def test_v2_asks_for_strides_too():
    assert kinds(V2)[:6] == [
        "filter_height",
        "filter_width",
        "stride_height",
        "stride_width",
        "num_filters",
        "skip",
    ]
    assert len(V2.decisions) == 20 * 6


def test_decode_by_hand():
    space = Conv(num_layers=3, num_filters=(24, 36, 48, 64), strides=(1, 2))
    row = (0, 1, 0, 1, 3, 0) + (2, 3, 0, 0, 0, 0) + (1, 1, 1, 1, 1, 0b11)
    assert space.decode(row).layers == (
        Layer((0,), (1, 3), 64, (1, 2)),
        Layer((0,), (5, 7), 24, (1, 1)),
        Layer((1, 2), (3, 3), 36, (2, 2)),
    )


def test_first_skip_bit_is_the_first_layer_not_the_image():
    space = Conv(num_layers=3)
    row = (0, 0, 0, 0) + (0, 0, 0, 1) + (0, 0, 0, 0b10)
    inputs = [layer.inputs for layer in space.decode(row).layers]
    assert inputs == [(0,), (1,), (2,)]


def test_blocks_are_densely_connected():
    space = Conv(num_layers=3, block_size=3, num_filters=(6, 12))
    row = (0, 0, 0, 0) + (1, 1, 1, 0b1) + (2, 2, 0, 0b01)
    layers = space.decode(row).layers
    assert [layer.inputs for layer in layers] == [
        (0,),
        (0, 1),
        (0, 1, 2),
        (1, 2, 3),
        (1, 2, 3, 4),
        (1, 2, 3, 4, 5),
        (1, 2, 3),
        (1, 2, 3, 7),
        (1, 2, 3, 7, 8),
    ]
    assert [layer.kernel for layer in layers[3:6]] == [(3, 3)] * 3
    assert [layer.filters for layer in layers] == [6] * 3 + [12] * 3 + [6] * 3


def test_v3_has_39_layers_and_two_poolings():
    rng = np.random.default_rng(0)
    spec = V3.decode([d.random(rng) for d in V3.decisions])
    assert len(spec.layers) == 39
    assert spec.pool_after == (13, 24)


def test_without_skip_connections_layers_are_a_chain():
    space = Conv(num_layers=3, skip_connections=False)
    assert "skip" not in kinds(space)
    layers = space.decode((0,) * 9).layers
    assert [layer.inputs for layer in layers] == [(0,), (1,), (2,)]


def test_depth_grows_by_the_papers_schedule():
    space = Conv(num_layers=15, start_layers=6)
    depths = [space.length(n) // 4 for n in (0, 1599, 1600, 3200, 6400, 8000)]
    assert depths == [6, 6, 8, 10, 14, 15]
    assert space.length(10**6) == 60


def test_a_shallower_network_is_a_prefix():
    space = Conv(num_layers=15, start_layers=6)
    assert space.decisions[:24] == Conv(num_layers=6).decisions
    row = [0] * 24
    assert space.decode(row) == Conv(num_layers=6).decode(row)


def test_pooling_waits_until_the_network_is_deep_enough():
    space = Conv(num_layers=4, pool_after=(3,), start_layers=2)
    assert space.decode((0,) * 8).pool_after == ()
    assert space.decode((0,) * 16).pool_after == (3,)


def test_layer_types_make_decisions_inert():
    space = Conv(
        num_layers=2, layer_types=("conv", "max_pool", "lcn"), strides=(1, 2)
    )
    assert kinds(space)[:2] == ["layer_type", "filter_height"]
    conv = (0, 1, 1, 1, 1, 1, 0)
    pool = (1, 1, 1, 1, 1, 1, 1)
    lcn = (2, 1, 1, 1, 1, 1, 1)
    assert space.active(conv + conv).all()
    #    type, height, width, strides, filters, skip
    expected = [True, True, True, True, True, False, True]
    assert space.active(conv + pool)[7:].tolist() == expected
    expected = [True, True, True, False, False, False, True]
    assert space.active(conv + lcn)[7:].tolist() == expected
    assert space.decode(conv + pool).layers[1] == Layer(
        (1,), (3, 3), None, (2, 2), "max_pool"
    )
    assert space.decode(conv + lcn).layers[1] == Layer(
        (1,), (3, 3), None, (1, 1), "lcn"
    )


def test_inert_decisions_do_not_make_another_architecture():
    space = Conv(num_layers=1, layer_types=("conv", "lcn"))
    assert space.key((1, 0, 0, 0, 0)) == space.key((1, 0, 0, 3, 0))
    assert space.key((0, 0, 0, 0, 0)) != space.key((0, 0, 0, 3, 0))


def test_learning_rate_is_predicted_once():
    space = Conv(num_layers=2, start_layers=1, learning_rates=(0.1, 0.01))
    assert kinds(space).count("learning_rate") == 1
    assert space.length(0) == 1 + 4
    spec = space.decode((1, 0, 0, 0, 0))
    assert space.recipe(spec) == Recipe(learning_rate=0.01)
    assert space.recipe(V1.decode((0,) * 60)) == Recipe()


def test_one_learning_rate_is_fixed():
    space = Conv(num_layers=1, learning_rates=(0.3,))
    assert "learning_rate" not in kinds(space)
    assert space.decode((0, 0, 0, 0)).learning_rate == 0.3


def test_rows_that_are_not_valid_are_refused():
    with pytest.raises(UsageError, match="action 0"):
        Conv(num_layers=1).decode((4, 0, 0, 0))


@pytest.mark.parametrize(
    "options",
    [
        {"num_layers": 0},
        {"num_layers": 2.5},
        {"num_layers": True},
        {"filter_heights": ()},
        {"filter_heights": (3, 3)},
        {"num_filters": 8},
        {"num_filters": (0,)},
        {"strides": (0, 1)},
        {"start_layers": 16},
        {"start_layers": 0},
        {"pool_after": (16,)},
        {"pool_after": 3},
        {"layer_types": ("dense",)},
        {"learning_rates": (0.0,)},
        {"learning_rates": 0.1},
        {"batch_norm_momentum": 1},
        {"batch_norm_epsilon": 0},
        {"grow_every": 0},
        {"num_layers": 64},
    ],
)
def test_bad_arguments_are_refused(options):
    with pytest.raises(UsageError, match="Received"):
        Conv(**options)
