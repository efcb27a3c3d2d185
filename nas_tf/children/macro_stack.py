"""Builds the Keras models of ENAS's macro space (Pham et al. 2018)."""

import keras

from nas_tf import keras_scope
from nas_tf.children import blocks
from nas_tf.children import shared_blocks
from nas_tf.children.enas_stack import EvenKit
from nas_tf.children.enas_stack import classified
from nas_tf.children.shared_stack import LoneKit
from nas_tf.children.shared_stack import SharedKit
from nas_tf.layers.shared_macro import SharedMacroOperation
from nas_tf.layers.shared_macro import SharedSum
from nas_tf.specs import macro_stack as specs


@keras_scope.channels_last()
def macro_stack(
    spec,
    filters,
    input_shape,
    num_classes,
    dropout=0.0,
    seed=None,
    batch_norm_momentum=0.9,
    batch_norm_epsilon=1e-5,
    activation="softmax",
    scale=None,
    name=None,
):
    """Builds the network that is trained from scratch.

    Args:
        spec: `nas_tf.specs.enas_macro.MacroSpec`.
        filters: Filters of the first third of the layers, at least 1. They
            double twice.
        input_shape: `(height, width, channels)` of the image.
        num_classes: Number of classes, or of other outputs, at least 1. The
            classifier has no bias.
        dropout: Share of features dropped before the classifier, in [0, 1).
            Default: 0.
        seed: Integer that decides what is dropped, or None (default) for
            Keras's global seed.
        batch_norm_momentum: See `Blocks`. Default: 0.9.
        batch_norm_epsilon: See `Blocks`. Default: 0.00001.
        activation: See `blocks.outputs`. Default: "softmax".
        scale: See `blocks.outputs`. Default: None.
        name: Name of the model, or None (default) for Keras's choice.

    Returns:
        An uncompiled `keras.Model` from `[B, height, width, channels]` to
        `[B, num_classes]` probabilities, or what `activation` says.
    """
    image = keras.Input(input_shape, name="image")
    kit = EvenKit(blocks.Blocks(batch_norm_momentum, batch_norm_epsilon))
    x = specs.walk(spec, filters, kit, image)
    head = {"activation": activation, "scale": scale, "relu": False}
    y = classified(kit, x, num_classes, dropout, seed, **head)
    return keras.Model(image, y, name=name)


@keras_scope.channels_last()
def shared_macro_stack(
    num_layers,
    operations,
    filters,
    growth,
    input_shape,
    num_classes,
    dropout=0.0,
    epsilon=1e-5,
    affine=False,
    path_dropout=0.0,
    activation="softmax",
    scale=None,
    name=None,
):
    """Builds the model of all architectures.

    Args:
        num_layers: Number of layers, 1 to 32.
        operations: Tuple of the operations that can be chosen.
        filters: Filters of the first third of the layers, at least 1.
        growth: How many times more filters each next third has, at least 1.
        input_shape: See `macro_stack`, as for `num_classes`, `dropout`,
            `activation`, `scale` and `name`.
        num_classes: As above.
        dropout: As above.
        epsilon: Added to the variance in batch normalization, > 0. Default:
            0.00001.
        affine: Whether batch normalization has a scale and an offset. Default:
            False.
        path_dropout: See `shared_blocks.dropped`. Default: 0.
        activation: As above.
        scale: As above.
        name: As above.

    Returns:
        An uncompiled `keras.Model` from a pair, images `[B, height, width,
        channels]` and actions `[T]` int32, to `[B, num_classes]`. It always
        normalizes by the statistics of the batch.
    """
    image = keras.Input(input_shape, name="image")
    # A single operation is no decision.
    step = 2 if len(operations) > 1 else 1
    actions = keras.Input(
        batch_shape=(step * num_layers,), dtype="int32", name="actions"
    )

    def make_layer(kit, x, number):
        layer = SharedMacroOperation(
            operations,
            None,
            2 * (number - 1) if step == 2 else None,
            epsilon,
            affine,
            name=f"layer_{number}",
        )
        x = layer([x, actions])
        return shared_blocks.dropped(x, path_dropout, layer.name)

    def join(kit, nodes, x, number):
        layer = SharedSum(step * number - 1, name=f"layer_{number}_sum")
        return layer([*nodes, x, actions])

    kit = SharedKit(blocks.Blocks(epsilon=epsilon), affine)
    x = specs.shared_walk(
        num_layers, filters, growth, kit, image, make_layer, join
    )
    head = {"activation": activation, "scale": scale, "relu": False}
    y = classified(kit, x, num_classes, dropout, **head)
    return keras.Model((image, actions), y, name=name)


@keras_scope.channels_last()
def lone_macro_stack(
    spec,
    filters,
    growth,
    input_shape,
    num_classes,
    dropout=0.0,
    epsilon=1e-5,
    affine=False,
    activation="softmax",
    scale=None,
    name=None,
):
    """Builds the part of `shared_macro_stack` that one architecture uses.

    Args:
        spec: `nas_tf.specs.enas_macro.MacroSpec`.
        filters: See `shared_macro_stack`, as for all other arguments.

    Returns:
        An uncompiled `keras.Model` from `[B, height, width, channels]` to
        `[B, num_classes]`. With `training=True` it computes what the shared
        model does.
    """
    image = keras.Input(input_shape, name="image")
    kit = LoneKit(blocks.Blocks(epsilon=epsilon), affine)
    made = specs.one_network(spec)
    x = specs.shared_walk(spec.depth(), filters, growth, kit, image, *made)
    head = {"activation": activation, "scale": scale, "relu": False}
    y = classified(kit, x, num_classes, dropout, **head)
    return keras.Model(image, y, name=name)
