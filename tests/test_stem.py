"""Stems, which make large pictures small."""

import keras
import pytest

from nas_tf import registry
from nas_tf.children.activations import activations
from nas_tf.children.blocks import Blocks
from nas_tf.children.counting import count
from nas_tf.specs.stem import Stem


@pytest.mark.parametrize(
    "size, outputs",
    [
        ((32, 32), (32, 32, 3)),
        ((8, 32), (8, 32, 3)),
        ((33, 20), (17, 10, 24)),
        ((64, 64), (32, 32, 24)),
        ((128, 128), (32, 32, 24)),
        ((224, 224), (28, 28, 24)),
        ((50, 300), (4, 19, 24)),
    ],
)
def test_both_sides_are_halved_until_they_are_small(size, outputs):
    stem = Stem(24, 32)
    assert stem.output_shape((*size, 3)) == outputs
    image = keras.Input((*size, 3))
    built = Blocks().stem(image, stem)
    assert tuple(built.shape[1:]) == outputs
    convolutions = [
        layer
        for layer in keras.Model(image, built).layers
        if isinstance(layer, keras.layers.Conv2D)
    ]
    assert len(convolutions) == stem.halvings((*size, 3))


def test_without_a_largest_size_there_is_no_stem():
    assert Stem(24, None).output_shape((500, 500, 1)) == (500, 500, 1)
    assert Stem(24, None).cost((500, 500, 1)) == (0, 0)


def test_layers_of_a_stem_are_convolutions_with_batch_normalization_and_relu():
    image = keras.Input((9, 7, 3))
    model = keras.Model(image, Blocks().stem(image, Stem(4, 3)))
    assert [layer.name for layer in model.layers[1:]] == [
        f"stem_{number}_{kind}"
        for number in (1, 2)
        for kind in ("conv", "batch_norm", "relu")
    ]


def test_cost_and_activations_are_those_of_the_built_model():
    shape = (37, 21, 3)
    stem = Stem(5, 8)
    image = keras.Input(shape)
    model = keras.Model(image, Blocks().stem(image, stem))
    assert count(model) == stem.cost(shape)
    # The last output is kept by the ReLU and read by the first layer.
    last = 5 * 3 * 5
    assert activations(model) == stem.activations(shape) + last


class Large:
    input_shape = (70, 40, 3)
    num_outputs = 4


@pytest.mark.parametrize(
    "call", ["conv(num_layers=2)", "nasbench201(channels=2, cells=1)"]
)
def test_spaces_have_a_stem_for_large_pictures_only(call):
    space = registry.make("spaces", call)
    spec = space.decode((0,) * len(space.decisions))
    names = {layer.name for layer in space.build(spec, Large).layers}
    assert {"stem_1_conv", "stem_2_conv"} <= names
    assert "stem_3_conv" not in names

    class Small(Large):
        input_shape = (32, 32, 3)

    names = {layer.name for layer in space.build(spec, Small).layers}
    assert "stem_1_conv" not in names
