"""Builds the Keras models of ENAS's micro space (Pham et al. 2018)."""

import keras

from nas_tf import keras_scope
from nas_tf.children import blocks
from nas_tf.children.cell_stack import AUXILIARY
from nas_tf.children.cell_stack import Kit
from nas_tf.children.cell_stack import auxiliary_map
from nas_tf.seeds import derive_seed
from nas_tf.specs import enas_stack as specs


@keras_scope.channels_last()
def enas_stack(
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
    batch_norm_epsilon=1e-5,
    activation="softmax",
    scale=None,
    name=None,
):
    """Builds the network of two cells that is trained from scratch.

    Args:
        normal: `nas_tf.specs.image_cell.ImageCell` that keeps the size.
        reduction: `ImageCell` that halves it.
        layout: `nas_tf.specs.cell_stack.Layout` with the stem for CIFAR.
        input_shape: `(height, width, channels)` of the image.
        num_classes: Number of classes, or of other outputs, at least 1.
        auxiliary: Whether there is a second classifier for the training, with
            the same output shape, on the first cell after the second
            reduction. Default: False.
        drop_path_keep: See `nas_tf.children.cell_stack.cell_stack`, as for
            all other arguments. The classifier has no bias.
        drop_path_steps: Default: None.
        dropout: Default: 0.
        seed: Default: None.
        batch_norm_momentum: Default: 0.9.
        batch_norm_epsilon: Default: 0.00001.
        activation: Default: "softmax".
        scale: Default: None.
        name: Default: None.

    Returns:
        An uncompiled `keras.Model`, as `cell_stack` returns.

    Raises:
        UsageError: If the image is too small for the auxiliary head.
    """
    image = keras.Input(input_shape, name="image")
    kit = EvenKit(
        blocks.Blocks(batch_norm_momentum, batch_norm_epsilon),
        drop_path_keep,
        drop_path_steps,
        seed,
    )
    outputs = specs.walk(normal, reduction, layout, kit, image)
    head = {"activation": activation, "scale": scale}
    y = classified(kit, outputs[-1], num_classes, dropout, seed, **head)
    if auxiliary:
        x = outputs[specs.auxiliary_cell(layout)]
        y = [y, _auxiliary(kit, x, num_classes, activation)]
    return keras.Model(image, y, name=name)


def classified(kit, x, num_classes, dropout=0.0, seed=None, relu=True, **head):
    """Returns the classifier's output for that of the last cell or layer."""
    if relu:
        x = kit.relu(x, "last")
    x = blocks.average(x)
    if dropout:
        seed = None if seed is None else derive_seed(seed, "dropout")
        x = keras.layers.Dropout(dropout, seed=seed, name="dropout")(x)
    return blocks.outputs(x, num_classes, use_bias=False, **head)


def _auxiliary(kit, x, num_classes, activation):
    x = auxiliary_map(kit, x, "same")
    x = blocks.average(x, f"{AUXILIARY}_average")
    return keras.layers.Dense(
        num_classes,
        activation,
        use_bias=False,
        dtype=blocks.full(),
        name=f"{AUXILIARY}_probabilities",
    )(x)


class EvenKit(Kit):
    """A kit whose poolings of stride 2 never see padding.

    For its arguments see `nas_tf.children.cell_stack.Kit`.
    """

    def max_pool(self, x, window, stride, title):
        """Applies max pooling; padding never is the maximum."""
        return keras.layers.MaxPooling2D(
            window, stride, padding="same", name=f"{title}_pool"
        )(x)

    def average_pool(self, x, window, stride, title):
        """Applies average pooling; padding does not count."""
        return keras.layers.AveragePooling2D(
            window, stride, padding="same", name=f"{title}_pool"
        )(x)
