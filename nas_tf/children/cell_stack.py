"""Builds the Keras model that stacks two cells of images (NASNet)."""

import keras

from nas_tf import keras_scope
from nas_tf.children import blocks
from nas_tf.errors import UsageError
from nas_tf.layers.drop_path import DropPath
from nas_tf.layers.drop_path import TrainingProgress
from nas_tf.seeds import derive_seed
from nas_tf.specs import cell_stack as specs
from nas_tf.specs import image_cell as cells

AUXILIARY = "auxiliary"
# Filters of the auxiliary head's two convolutions.
AUXILIARY_FILTERS = (128, 768)
# Height and width of its pooling.
WINDOW = 5


@keras_scope.channels_last()
def cell_stack(
    normal,
    reduction,
    layout,
    input_shape,
    num_classes,
    auxiliary=False,
    drop_path_keep=1.0,
    drop_path_steps=None,
    dropout=0.0,
    seed=None,
    batch_norm_momentum=0.9,
    batch_norm_epsilon=1e-3,
    activation="softmax",
    scale=None,
    name=None,
):
    """Builds the network of two cells.

    Args:
        normal: `nas_tf.specs.image_cell.ImageCell` that keeps the size.
        reduction: `ImageCell` that halves it.
        layout: `nas_tf.specs.cell_stack.Layout`.
        input_shape: `(height, width, channels)` of the image.
        num_classes: Number of classes, or of other outputs, at least 1.
        auxiliary: Whether there is a second classifier for the training, with
            the same output shape, on the last normal cell before the second
            reduction. Default: False.
        drop_path_keep: Probability in (0, 1] with which the paths of the last
            cell are kept at the end of the training (ScheduledDropPath).
            Default: 1, no dropping.
        drop_path_steps: Number of steps of the training over which the
            probability falls from 1, at least 1; needed if `drop_path_keep`
            is below 1.
        dropout: Share of features dropped before the classifier, in [0, 1).
            Default: 0.
        seed: Integer that decides what is dropped, or None (default) for
            Keras's global seed.
        batch_norm_momentum: See `Blocks`. Default: 0.9.
        batch_norm_epsilon: See `Blocks`. Default: 0.001.
        activation: See `blocks.outputs`. Default: "softmax".
        scale: See `blocks.outputs`. Default: None.
        name: Name of the model, or None (default) for Keras's choice.

    Returns:
        An uncompiled `keras.Model` from `[B, height, width, channels]` to
        `[B, num_classes]` probabilities, or what `activation` says; with
        `auxiliary` to a list of two.

    Raises:
        UsageError: If the image is too small for the network.
    """
    image = keras.Input(input_shape, name="image")
    kit = Kit(
        blocks.Blocks(batch_norm_momentum, batch_norm_epsilon),
        drop_path_keep,
        drop_path_steps,
        seed,
    )
    outputs = specs.walk(normal, reduction, layout, kit, image)
    x = kit.relu(outputs[-1], "last")
    x = blocks.average(x)
    if dropout:
        drop = keras.layers.Dropout(
            dropout, seed=_derived(seed, "dropout"), name="dropout"
        )
        x = drop(x)
    y = blocks.outputs(x, num_classes, activation, scale)
    if auxiliary:
        x = auxiliary_map(kit, outputs[layout.auxiliary_cell], "valid")
        x = keras.layers.Flatten(name=f"{AUXILIARY}_flatten")(x)
        dense = keras.layers.Dense(
            num_classes,
            activation,
            dtype=blocks.full(),
            name=f"{AUXILIARY}_probabilities",
        )
        y = [y, dense(x)]
    return keras.Model(image, y, name=name)


def auxiliary_map(kit, x, padding):
    """Returns what the auxiliary head's classifier reads.

    Args:
        kit: `Kit`.
        x: Output of a cell, `[B, height, width, channels]`.
        padding: Padding of the convolution as large as its input: "valid" for
            a map of one position, or "same".

    Returns:
        `[B, 1, 1, 768]`, or with "same" `[B, h, w, 768]`.

    Raises:
        UsageError: If height or width is below 5.
    """
    if min(kit.size(x)) < WINDOW:
        raise UsageError(
            f"Expected cells of at least {WINDOW}x{WINDOW} pixels where the "
            f"auxiliary head reads. Received: {'x'.join(map(str, kit.size(x)))}"
        )
    x = kit.relu(x, f"{AUXILIARY}_input")
    x = keras.layers.AveragePooling2D(WINDOW, 3, name=f"{AUXILIARY}_pool")(x)
    first, second = AUXILIARY_FILTERS
    for number, (filters, kernel) in enumerate(
        ((first, (1, 1)), (second, kit.size(x))), 1
    ):
        title = f"{AUXILIARY}_{number}"
        x = kit.conv(x, filters, kernel, 1, title, padding=padding)
        x = kit.relu(kit.batch_norm(x, title), title)
    return x


class Kit:
    """Makes Keras layers for `nas_tf.specs.cell_stack.walk`.

    Args:
        layers: `nas_tf.children.blocks.Blocks`.
        drop_path_keep: See `cell_stack`.
        drop_path_steps: See `cell_stack`.
        seed: See `cell_stack`.
    """

    def __init__(
        self, layers, drop_path_keep=1.0, drop_path_steps=None, seed=None
    ):
        self._layers = layers
        self._keep = drop_path_keep
        self._steps = drop_path_steps
        self._seed = seed
        self._progress = None

    def size(self, x):
        """Returns the height and width of a tensor."""
        return tuple(x.shape[1:3])

    def depth(self, x):
        """Returns the number of filters of a tensor."""
        return x.shape[3]

    def conv(
        self, x, filters, kernel, stride, title, padding="same", dilation=1
    ):
        """Applies a convolution without bias."""
        return keras.layers.Conv2D(
            filters,
            kernel,
            stride,
            padding=padding,
            dilation_rate=dilation,
            use_bias=False,
            kernel_initializer="he_normal",
            name=f"{title}_conv",
        )(x)

    def separable(self, x, filters, side, stride, title):
        """Applies a depthwise, then a 1x1 convolution, without biases."""
        return keras.layers.SeparableConv2D(
            filters,
            side,
            stride,
            padding="same",
            use_bias=False,
            depthwise_initializer="he_normal",
            pointwise_initializer="he_normal",
            name=f"{title}_conv",
        )(x)

    def batch_norm(self, x, title):
        """Applies batch normalization."""
        return self._layers.batch_norm(x, title)

    def relu(self, x, title):
        """Applies ReLU."""
        return self._layers.relu(x, title)

    def max_pool(self, x, window, stride, title):
        """Applies max pooling.

        Where the stride is 2 the image is padded by zeros. So are the max
        poolings of Keras's NASNet, whose weights were trained with them; in
        the authors' code padding never is the maximum.
        """
        return _pool(keras.layers.MaxPooling2D, x, window, stride, title)

    def average_pool(self, x, window, stride, title):
        """Applies average pooling.

        Padding does not count, but for zeros where the stride is 2, as in
        Keras's NASNet.
        """
        return _pool(keras.layers.AveragePooling2D, x, window, stride, title)

    def every(self, x, stride, title):
        """Returns every `stride`-th row and column."""
        if stride == 1:
            return x
        return keras.layers.AveragePooling2D(
            1, stride, padding="valid", name=f"{title}_every"
        )(x)

    def shift(self, x, title):
        """Drops the first row and column, and adds zeros as the last ones."""
        pad = keras.layers.ZeroPadding2D(
            ((0, 1), (0, 1)), name=f"{title}_padding"
        )
        crop = keras.layers.Cropping2D(
            ((1, 0), (1, 0)), name=f"{title}_cropping"
        )
        return crop(pad(x))

    def concat(self, parts, title):
        """Concatenates in depth."""
        if len(parts) == 1:
            return parts[0]
        return keras.layers.Concatenate(name=f"{title}_concat")(parts)

    def combine(self, parts, combination, title):
        """Combines the two results of a block."""
        if combination == cells.CONCAT:
            return self.concat(parts, title)
        x = keras.layers.Add(name=f"{title}_add")(parts)
        if combination == cells.ADD:
            return x
        # One group is all filters of an example, -1 groups each filter.
        groups = 1 if combination == cells.ADD_LAYER_NORM else -1
        return keras.layers.GroupNormalization(
            groups, name=f"{title}_normalization"
        )(x)

    def drop_path(self, x, depth, title):
        """Drops a path with the probability of its cell's depth in (0, 1]."""
        if self._keep == 1:
            return x
        if self._progress is None:
            self._progress = TrainingProgress(
                self._steps, name="training_progress"
            )(x)
        drop = DropPath(
            1 - depth * (1 - self._keep),
            seed=_derived(self._seed, "drop_path", title),
            name=f"{title}_drop_path",
        )
        return drop([x, self._progress])


def _derived(seed, *purpose):
    return None if seed is None else derive_seed(seed, *purpose)


def _pool(layer, x, window, stride, title):
    padding = "same"
    if stride > 1:
        x = _zero_padded(x, window, title)
        padding = "valid"
    return layer(window, stride, padding=padding, name=f"{title}_pool")(x)


def _zero_padded(x, window, title):
    """Pads as TensorFlow's "same" does for stride 2."""
    sides = []
    for size in x.shape[1:3]:
        after = window // 2
        sides.append((after - 1 + size % 2, after))
    return keras.layers.ZeroPadding2D(sides, name=f"{title}_padding")(x)
