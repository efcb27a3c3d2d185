"""The convolutional network of Zoph & Le 2017, Appendix A, Figure 7."""

from __future__ import annotations

import typing

from nas_tf.specs.conv_net import ConvNetSpec
from nas_tf.specs.conv_net import Layer

if typing.TYPE_CHECKING:
    import keras

# Layer 15 reads layer 6, as the figure shows. Without it the network would have
# 4.1M parameters, but the paper's Table 1 says 4.2M.
V1 = ConvNetSpec(
    layers=(
        Layer((0,), (3, 3), 36),
        Layer((1,), (3, 3), 48),
        Layer((1, 2), (3, 3), 36),
        Layer((1, 2, 3), (5, 5), 36),
        Layer((3, 4), (3, 7), 48),
        Layer((2, 3, 4, 5), (7, 7), 48),
        Layer((2, 3, 4, 5, 6), (7, 7), 48),
        Layer((1, 6, 7), (7, 3), 36),
        Layer((1, 5, 6, 8), (7, 1), 36),
        Layer((1, 3, 4, 5, 6, 7, 8, 9), (7, 7), 36),
        Layer((1, 2, 5, 6, 7, 8, 9, 10), (5, 7), 36),
        Layer((1, 2, 3, 4, 6, 11), (7, 7), 48),
        Layer((1, 3, 6, 7, 8, 9, 10, 11, 12), (7, 5), 48),
        Layer((3, 7, 12, 13), (7, 5), 48),
        Layer((6, 7, 11, 12, 13, 14), (7, 5), 48),
    )
)


def NASConvNetV1(  # noqa: N802
    input_shape: tuple[int, int, int] = (32, 32, 3),
    classes: int = 10,
    name: str = "nas_conv_v1",
) -> keras.Model:
    """Returns the paper's network of 15 layers, without strides or pooling.

    With the default arguments it has 4,201,630 trainable parameters; the
    paper reports 5.50 % test error on CIFAR-10 for it (Table 1).

    Args:
        input_shape: `(height, width, channels)`, default `(32, 32, 3)`.
        classes: Number of classes, default 10.
        name: Name of the model.

    Returns:
        An uncompiled `keras.Model` with random initial weights, from images
        `[B, height, width, channels]` to class probabilities `[B, classes]`.
    """
    from nas_tf.children.conv_net import conv_net

    return conv_net(V1, input_shape, classes, name=name)
