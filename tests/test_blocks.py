"""The blocks of convolutional networks, compared with Keras's layers."""

import keras
import numpy as np
import pytest

from nas_tf.children.blocks import Blocks
from nas_tf.children.blocks import classifier

BLOCKS = Blocks(momentum=0.7, epsilon=0.01)
SIZE = (6, 7, 3)


def outputs(build, training):
    """Returns names of layers, weights and outputs for one seed."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(5)
    image = keras.Input(SIZE)
    model = keras.Model(image, build(image))
    pictures = np.random.default_rng(0).normal(size=(2, *SIZE))
    found = model(pictures.astype("float32"), training=training)
    values = [*model.get_weights(), keras.ops.convert_to_numpy(found)]
    return [layer.name for layer in model.layers[1:]], values


def conv(strides=1, padding="same", name=None):
    return keras.layers.Conv2D(
        4,
        3,
        strides,
        padding=padding,
        use_bias=False,
        kernel_initializer="he_normal",
        name=name,
    )


def norm(name=None):
    return keras.layers.BatchNormalization(
        momentum=0.7, epsilon=0.01, name=name
    )


def unnamed(x):
    for layer in (conv, norm, keras.layers.ReLU, conv, norm):
        x = layer()(x)
    return x


CASES = [
    (
        lambda x: BLOCKS.conv_bn_relu(x, 4, 3, "a", strides=2),
        lambda x: keras.layers.ReLU(name="a_relu")(
            norm("a_batch_norm")(conv(2, name="a_conv")(x))
        ),
    ),
    (
        lambda x: BLOCKS.relu_conv_bn(x, 4, 3, "a", strides=2, symmetric=True),
        lambda x: norm("a_batch_norm")(
            conv(2, "valid", "a_conv")(
                keras.layers.ZeroPadding2D(1, name="a_padding")(
                    keras.layers.ReLU(name="a_relu")(x)
                )
            )
        ),
    ),
    (
        lambda x: BLOCKS.relu_conv_bn(x, 4, 3, "a", symmetric=True),
        lambda x: norm("a_batch_norm")(
            conv(name="a_conv")(keras.layers.ReLU(name="a_relu")(x))
        ),
    ),
    (
        lambda x: BLOCKS.conv_bn(BLOCKS.conv_bn_relu(x, 4, 3), 4, 3),
        unnamed,
    ),
    (
        lambda x: classifier(x, 5),
        lambda x: keras.layers.Dense(5, "softmax", name="probabilities")(
            keras.layers.GlobalAveragePooling2D(name="average")(x)
        ),
    ),
]


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("block, by_hand", CASES)
def test_a_block_is_its_layers(block, by_hand, training):
    names, values = outputs(block, training)
    wanted_names, wanted = outputs(by_hand, training)
    assert names == wanted_names
    for found, value in zip(values, wanted, strict=True):
        np.testing.assert_array_equal(found, value)


def test_symmetric_padding_has_the_size_of_same():
    image = keras.Input(SIZE)
    for symmetric in (False, True):
        x = BLOCKS.conv(image, 4, 3, strides=2, symmetric=symmetric)
        assert x.shape == (None, 3, 4, 4)
