"""Builds the Keras model of a convolutional network's spec."""

import keras

from nas_tf import keras_scope
from nas_tf.children.blocks import Blocks
from nas_tf.children.blocks import classifier
from nas_tf.layers.local_contrast_normalization import (
    LocalContrastNormalization,
)
from nas_tf.specs import conv_layer


@keras_scope.channels_last()
def conv_net(
    spec,
    input_shape,
    num_classes,
    batch_norm_momentum=0.9,
    batch_norm_epsilon=1e-3,
    stem=None,
    activation="softmax",
    scale=None,
    name=None,
):
    """Builds the network of a spec.

    A convolution has "same" padding and no bias and is followed by batch
    normalization, with scale and offset, and by ReLU. If a layer has several
    inputs, they are zero-padded on all sides to the largest height and width
    and concatenated in depth. Layers that no layer reads are joined in the same
    way, averaged over the image, and classified.

    Args:
        spec: `ConvNetSpec`.
        input_shape: `(height, width, channels)` of the image.
        num_classes: Number of classes, or of other outputs, at least 1.
        batch_norm_momentum: See `Blocks`. Default: 0.9.
        batch_norm_epsilon: See `Blocks`. Default: 0.001.
        stem: `nas_tf.specs.stem.Stem` that the image passes before any layer
            reads it, or None (default).
        activation: See `blocks.outputs`. Default: "softmax".
        scale: See `blocks.outputs`. Default: None.
        name: Name of the model, or None (default) for Keras's choice.

    Returns:
        An uncompiled `keras.Model` from `[B, height, width, channels]` to
        `[B, num_classes]` probabilities, or what `activation` says.
    """
    image = keras.Input(input_shape, name="image")
    blocks = Blocks(batch_norm_momentum, batch_norm_epsilon)
    nodes = _Nodes(spec, blocks.stem(image, stem) if stem else image)
    for number, layer in enumerate(spec.layers, 1):
        x = nodes.join(number, layer.inputs)
        title = f"layer_{number}"
        if layer.kind == conv_layer.MAX_POOL:
            x = keras.layers.MaxPooling2D(
                layer.kernel, layer.strides, padding="same", name=title
            )(x)
        elif layer.kind == conv_layer.LCN:
            x = LocalContrastNormalization(layer.kernel, name=title)(x)
        else:
            x = blocks.conv_bn_relu(
                x, layer.filters, layer.kernel, title, strides=layer.strides
            )
        nodes.add(x)
    x = nodes.join(len(spec.layers) + 1, spec.outputs)
    return keras.Model(
        image, classifier(x, num_classes, activation, scale), name=name
    )


class _Nodes:
    """The outputs of image and layers; readers share their poolings."""

    def __init__(self, spec, image):
        self.spec = spec
        self.pooled = [[image]]

    def add(self, output):
        self.pooled.append([output])

    def join(self, reader, inputs):
        """Returns the input of a layer: pooled, padded and concatenated."""
        views = [self._view(reader, node) for node in inputs]
        height = max(view.shape[1] for view in views)
        width = max(view.shape[2] for view in views)
        views = [_pad(view, height, width) for view in views]
        if len(views) == 1:
            return views[0]
        return keras.layers.Concatenate(name=f"join_{reader}")(views)

    def _view(self, reader, node):
        views = self.pooled[node]
        count = self.spec.num_pools(node, reader)
        while len(views) <= count:
            pool = keras.layers.MaxPooling2D(
                2, padding="same", name=f"pool_{node}_{len(views)}"
            )
            views.append(pool(views[-1]))
        return views[count]


def _pad(view, height, width):
    rows, columns = height - view.shape[1], width - view.shape[2]
    if not rows and not columns:
        return view
    top, left = rows // 2, columns // 2
    return keras.layers.ZeroPadding2D(
        ((top, rows - top), (left, columns - left))
    )(view)
