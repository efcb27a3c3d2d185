"""Building blocks of networks whose weights many architectures share."""

import dataclasses

import keras

from nas_tf.children.blocks import Blocks
from nas_tf.errors import UsageError
from nas_tf.layers.batch_standardization import BatchStandardization


@dataclasses.dataclass(frozen=True)
class SharedBlocks(Blocks):
    """The blocks of `Blocks`, normalized by the statistics of the batch."""

    def batch_norm(self, x, title=None):
        """Applies batch normalization without scale, offset and averages."""
        name = title and f"{title}_batch_norm"
        return BatchStandardization(self.epsilon, name=name)(x)

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
        norm = BatchStandardization(self.epsilon)
        return keras.Sequential([keras.layers.ReLU(), conv, norm], name=name)


def copy_weights(source_of, model):
    """Copies weights to a model, layer by layer.

    Layers of batch normalization keep their weights.

    Args:
        source_of: Function from the name of a layer of `model` to the layer
            whose weights it gets. It raises `ValueError` or `KeyError` if
            there is none.
        model: Built `keras.Model`.

    Raises:
        UsageError: If a layer has no source, or one with other weights.
    """
    for layer in model.layers:
        normalizes = isinstance(layer, keras.layers.BatchNormalization)
        if normalizes or not layer.weights:
            continue
        try:
            source = source_of(layer.name)
            layer.set_weights(source.get_weights())
        except (ValueError, KeyError):
            raise UsageError(
                f"Expected a model of the same layers as the one with shared "
                f"weights. Received: layer '{layer.name}', which has none"
            ) from None
