"""Building blocks of networks whose weights many architectures share."""

import dataclasses

import keras

from nas_tf.children.blocks import Blocks
from nas_tf.layers.batch_statistics import BatchStatistics


@dataclasses.dataclass(frozen=True)
class SharedBlocks(Blocks):
    """The blocks of `Blocks`, normalized by the statistics of the batch."""

    def batch_norm(self, x, title=None):
        """Applies batch normalization without scale, offset and averages."""
        name = title and f"{title}_batch_norm"
        return BatchStatistics(self.epsilon, name=name)(x)

    def relu_conv_bn_layer(self, filters, kernel, name):
        """Returns ReLU, a convolution of stride 1 and batch normalization.

        Args:
            filters: Number of filters, at least 1.
            kernel: Height and width in pixels.
            name: Name of the layer, a `keras.Sequential`.
        """
        conv = keras.layers.Conv2D(
            filters,
            kernel,
            padding="same",
            use_bias=False,
            kernel_initializer="he_normal",
        )
        norm = BatchStatistics(self.epsilon)
        return keras.Sequential([keras.layers.ReLU(), conv, norm], name=name)


def dropped(x, rate, name):
    """Drops paths: some examples do without an operation's output.

    The others are divided by the rest, so that the expectation stays the same
    (Bender et al. 2018, "Understanding and Simplifying One-Shot Architecture
    Search", section 3.2, where whole minibatches do without).

    Args:
        x: Output of an operation, `[B, H, W, C]`.
        rate: Probability in [0, 1) with which an example is dropped in
            training. 0 adds no layer.
        name: Name of the operation's layer.

    Returns:
        `[B, H, W, C]`.
    """
    if not rate:
        return x
    layer = keras.layers.Dropout(
        rate, noise_shape=(None, 1, 1, 1), name=f"{name}_dropped"
    )
    return layer(x)
