import dataclasses
import json

import keras
import numpy as np
import pytest

from nas_tf.children.conv_net import conv_net
from nas_tf.errors import UsageError
from nas_tf.specs.conv_net import ConvNetSpec
from nas_tf.specs.conv_net import Layer


def spec(*layers, **options):
    return ConvNetSpec(tuple(layers), **options)


# Layers of 3x3 filters, two filters each, unless a case says otherwise.
def conv(inputs, kernel=(3, 3), filters=2, strides=(1, 1)):
    return Layer(inputs, kernel, filters, strides)


CHAIN = spec(conv((0,)), conv((1,)), conv((2,)))
ALL_SKIPS = spec(conv((0,)), conv((0, 1)), conv((0, 1, 2)))
ALL_FROM_IMAGE = spec(conv((0,)), conv((0,)), conv((0,)))
ORPHAN = spec(conv((0,)), conv((0,), filters=5), conv((1,)))
UNEQUAL = spec(
    conv((0,), strides=(2, 3)), conv((0,), filters=3), conv((0, 1, 2))
)
POOLED = spec(
    conv((0,)), conv((0, 1)), conv((0, 1, 2)), conv((3,)), pool_after=(1, 3)
)
MIXED = spec(
    conv((0,), filters=4),
    Layer((1,), (3, 1), None, (2, 2), "max_pool"),
    Layer((0, 2), (5, 5), None, (1, 1), "lcn"),
    conv((1, 3)),
)
CASES = {
    "chain": CHAIN,
    "all skips": ALL_SKIPS,
    "no skips": ALL_FROM_IMAGE,
    "orphan layer": ORPHAN,
    "unequal strides": UNEQUAL,
    "pooled": POOLED,
    "mixed kinds": MIXED,
}
every_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def build(case, input_shape=(9, 8, 3), num_classes=4):
    keras.utils.clear_session()
    return conv_net(case, input_shape, num_classes)


def parents(model, name):
    """Returns the names of the layers that one reads, seen through padding."""
    inputs = model.get_layer(name).input
    found = []
    for tensor in inputs if isinstance(inputs, list) else [inputs]:
        layer = tensor._keras_history.operation
        if isinstance(layer, keras.layers.ZeroPadding2D):
            layer = layer.input._keras_history.operation
        found.append(layer.name)
    return found


def test_outputs_are_the_layers_that_feed_nothing():
    assert CHAIN.outputs == (3,)
    assert ALL_SKIPS.outputs == (3,)
    assert ALL_FROM_IMAGE.outputs == (1, 2, 3)
    assert ORPHAN.outputs == (2, 3)


def test_a_layer_is_convolution_without_bias_then_batch_norm_then_relu():
    names = [layer.name for layer in build(CHAIN).layers]
    assert names == [
        "image",
        "layer_1_conv",
        "layer_1_batch_norm",
        "layer_1_relu",
        "layer_2_conv",
        "layer_2_batch_norm",
        "layer_2_relu",
        "layer_3_conv",
        "layer_3_batch_norm",
        "layer_3_relu",
        "average",
        "probabilities",
    ]
    model = build(CHAIN)
    assert not model.get_layer("layer_1_conv").use_bias
    batch_norm = model.get_layer("layer_1_batch_norm")
    assert batch_norm.scale and batch_norm.center


def test_loose_ends_are_joined_before_the_classifier():
    model = build(ALL_FROM_IMAGE)
    assert parents(model, "join_4") == [
        "layer_1_relu",
        "layer_2_relu",
        "layer_3_relu",
    ]
    assert model.get_layer("average").output.shape == (None, 6)


def test_an_orphan_reads_the_image_and_is_classified():
    model = build(ORPHAN)
    assert parents(model, "layer_2_conv") == ["image"]
    assert parents(model, "join_4") == ["layer_2_relu", "layer_3_relu"]


def test_inputs_are_concatenated_in_depth():
    model = build(ALL_SKIPS)
    assert parents(model, "join_3") == ["image", "layer_1_relu", "layer_2_relu"]
    assert model.get_layer("join_3").output.shape == (None, 9, 8, 3 + 2 + 2)


def test_small_maps_are_padded_with_zeros_on_all_sides():
    model = build(UNEQUAL)
    # Layer 1 is 9x8 by strides 2 and 3: 5x3. Rows are padded 2 and 2, columns
    # 2 and 3.
    probe = keras.Model(
        model.input,
        [
            model.get_layer("layer_1_relu").output,
            model.get_layer("join_3").output,
        ],
    )
    image = np.random.default_rng(0).normal(size=(1, 9, 8, 3))
    small, joined = (np.array(t) for t in probe(image.astype(np.float32)))
    assert small.shape == (1, 5, 3, 2)
    assert joined.shape == (1, 9, 8, 3 + 2 + 3)
    first = joined[..., 3:5]
    np.testing.assert_array_equal(first[:, 2:7, 2:5], small)
    first[:, 2:7, 2:5] = 0
    assert not first.any()
    np.testing.assert_allclose(joined[..., :3], image, rtol=1e-6)


def test_pooling_lies_between_all_readers_and_what_is_before_it():
    model = build(POOLED)
    # After layer 1: 5x4. After layer 3: 3x2.
    assert model.get_layer("layer_1_conv").output.shape == (None, 9, 8, 2)
    assert model.get_layer("join_2").output.shape == (None, 5, 4, 3 + 2)
    assert model.get_layer("join_3").output.shape == (None, 5, 4, 3 + 2 + 2)
    assert model.get_layer("layer_4_conv").output.shape == (None, 3, 2, 2)
    pools = [
        layer.name
        for layer in model.layers
        if isinstance(layer, keras.layers.MaxPooling2D)
    ]
    assert sorted(pools) == ["pool_0_1", "pool_1_1", "pool_3_1"]


def multiply_adds(model):
    """Counts them from the built layers."""
    total = 0
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            _, height, width, _ = layer.output.shape
            total += height * width * int(np.prod(layer.kernel.shape))
        elif isinstance(layer, keras.layers.Dense):
            total += int(np.prod(layer.kernel.shape))
    return total


@every_case
def test_cost_is_that_of_the_built_model(case):
    model = build(case)
    cost = case.cost((9, 8, 3), 4)
    assert cost.params == sum(
        int(np.prod(v.shape)) for v in model.trainable_variables
    )
    assert cost.multiply_adds == multiply_adds(model)


def test_cost_by_hand():
    # One 3x5 convolution of 7 filters on 8x8x1, stride 2: 15 * 7 weights, 14
    # of batch norm, 8 * 10 of the classifier; 16 positions.
    case = spec(conv((0,), (3, 5), 7, (2, 2)))
    cost = case.cost((8, 8, 1), 10)
    assert cost.params == 15 * 7 + 14 + 8 * 10
    assert cost.multiply_adds == 16 * 15 * 7 + 70


@every_case
def test_model_classifies(case):
    images = np.random.default_rng(0).normal(size=(2, 9, 8, 3))
    probabilities = np.array(build(case)(images.astype(np.float32)))
    assert probabilities.shape == (2, 4)
    np.testing.assert_allclose(probabilities.sum(1), 1, rtol=1e-5)


@pytest.mark.slow
@every_case
def test_saved_model_loads_without_custom_objects(case, tmp_path):
    model = build(case)
    images = np.random.default_rng(0).normal(size=(2, 9, 8, 3))
    images = images.astype(np.float32)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(
        np.array(loaded(images)), np.array(model(images)), atol=1e-6
    )


@every_case
def test_json_round_trip(case):
    text = json.dumps(case.to_json())
    assert ConvNetSpec.from_json(json.loads(text)) == case


@every_case
def test_graph_has_an_edge_for_every_reading(case):
    graph = case.graph()
    assert len(graph.labels) == len(case.layers) + 2
    assert all(a < b < len(graph.labels) for a, b in graph.edges)
    readings = sum(len(layer.inputs) for layer in case.layers)
    assert len(graph.edges) == readings + len(case.outputs)


def test_more_filters():
    wider = MIXED.with_more_filters(40)
    assert [layer.filters for layer in wider.layers] == [44, None, None, 42]
    assert wider.layers[2] == MIXED.layers[2]


def test_description_reads_well():
    assert UNEQUAL.describe() == (
        "1: 3x3/2x3, 2 <- image; 2: 3x3, 3 <- image; 3: 3x3, 2 <- image,1,2"
    )
    rated = dataclasses.replace(POOLED, learning_rate=0.1)
    assert rated.describe().startswith("1: 3x3, 2 <- image; pool; 2: ")
    assert rated.describe().endswith("; rate 0.1")


@pytest.mark.parametrize(
    "make",
    [
        lambda: spec(),
        lambda: spec(conv(())),
        lambda: spec(conv((1,))),
        lambda: spec(conv((0,)), conv((1, 0))),
        lambda: spec(conv((0,)), conv((0, 0))),
        lambda: spec(conv((0,), kernel=(3,))),
        lambda: spec(conv((0,), kernel=(0, 3))),
        lambda: spec(conv((0,), filters=0)),
        lambda: spec(conv((0,), filters=None)),
        lambda: spec(conv((0,), strides=(1, 0))),
        lambda: spec(Layer((0,), (3, 3), 4, (1, 1), "max_pool")),
        lambda: spec(Layer((0,), (3, 3), 4, (1, 1), "dense")),
        lambda: spec(conv((0,)), pool_after=(2,)),
        lambda: ConvNetSpec.from_json({"layers": [{}]}),
        lambda: ConvNetSpec.from_json([]),
    ],
)
def test_impossible_specs_are_refused(make):
    with pytest.raises(UsageError, match="Received"):
        make()
