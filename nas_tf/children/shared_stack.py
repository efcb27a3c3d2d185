"""One model for all pairs of cells of images, whose weights they share.

It is the network of `nas_tf.specs.enas_stack.shared_walk`, in two versions:
`shared_stack` has all operations at all places, and takes the architecture as
numbers; `lone_stack` has those of one architecture.
"""

import dataclasses

import keras

from nas_tf import keras_scope
from nas_tf.children import blocks
from nas_tf.children import shared_blocks
from nas_tf.children.enas_stack import EvenKit
from nas_tf.children.enas_stack import classified
from nas_tf.layers.batch_statistics import BatchStatistics
from nas_tf.layers.shared_operation import SharedOperation
from nas_tf.layers.shared_output import SharedOutput
from nas_tf.specs import enas_stack as specs
from nas_tf.specs import image_cell as cells


@dataclasses.dataclass(frozen=True)
class Columns:
    """Where in a row of actions the decisions about a cell are.

    Attributes:
        inputs: For each block a pair, the column of the left state's number
            and that of the right one's.
        operations: For each block such a pair, of `None` where the only
            operation is no decision.
    """

    inputs: tuple
    operations: tuple

    def all_inputs(self):
        """Returns the columns of all states that are read."""
        return tuple(column for pair in self.inputs for column in pair)


@keras_scope.channels_last()
def shared_stack(
    normal,
    reduction,
    operations,
    layout,
    input_shape,
    num_classes,
    num_actions,
    first=0,
    loose=True,
    dropout=0.0,
    epsilon=1e-5,
    affine=False,
    path_dropout=0.0,
    mixed=None,
    activation="softmax",
    scale=None,
    name=None,
):
    """Builds the model of all architectures.

    Args:
        normal: `Columns` of the normal cell.
        reduction: `Columns` of the reduction cell.
        operations: Tuple of the operations that can be chosen.
        layout: `nas_tf.specs.cell_stack.Layout` with the stem for CIFAR.
        input_shape: `(height, width, channels)` of the image.
        num_classes: Number of classes, or of other outputs.
        num_actions: T, the number of decisions.
        first: Number of the first state that can be put out, 0 or 2. Default:
            0, the older of a cell's inputs.
        loose: Whether states that are read are not put out. Default: True.
        dropout: Share of features dropped before the classifier, in [0, 1).
            Default: 0.
        epsilon: Added to the variance in batch normalization, > 0. Default:
            0.00001.
        affine: Whether batch normalization has a scale and an offset. Default:
            False.
        path_dropout: See `shared_blocks.dropped`. Default: 0.
        mixed: K, the largest number of a decision's choices, if the actions
            are float32 `[T, K]`, the weights of a mixture; None (default) if
            they are numbers.
        activation: See `blocks.outputs`. Default: "softmax".
        scale: See `blocks.outputs`. Default: None.
        name: Name of the model, or None (default) for Keras's choice.

    Returns:
        An uncompiled `keras.Model` from a pair, images `[B, height, width,
        channels]` and actions, to `[B, num_classes]`. It always
        normalizes by the statistics of the batch.
    """
    options = {"epsilon": epsilon, "affine": affine}
    image = keras.Input(input_shape, name="image")
    shape, dtype = (num_actions,), "int32"
    if mixed is not None:
        shape, dtype = (num_actions, mixed), "float32"
    actions = keras.Input(batch_shape=shape, dtype=dtype, name="actions")

    def make_cell(kit, states, place):
        columns = reduction if place.reduces else normal
        for number, (inputs, chosen) in enumerate(
            zip(columns.inputs, columns.operations), cells.NUM_INPUTS
        ):
            title = f"{place.title}_state_{number}"
            parts = []
            for side, *pair in zip(specs.SIDES, inputs, chosen):
                name = f"{title}_{side}"
                layer = SharedOperation(operations, *pair, name=name, **options)
                x = layer([*states, actions])
                parts.append(shared_blocks.dropped(x, path_dropout, name))
            states.append(kit.combine(parts, cells.ADD, title))
        read = columns.all_inputs() if loose else ()
        layer = SharedOutput(
            read, first, name=f"{place.title}_output", **options
        )
        return layer([*states, actions])

    kit = SharedKit(blocks.Blocks(epsilon=epsilon), affine)
    outputs = specs.shared_walk(layout, kit, image, make_cell)
    head = {"activation": activation, "scale": scale}
    y = classified(kit, outputs[-1], num_classes, dropout, **head)
    return keras.Model((image, actions), y, name=name)


@keras_scope.channels_last()
def lone_stack(
    normal,
    reduction,
    layout,
    input_shape,
    num_classes,
    dropout=0.0,
    epsilon=1e-5,
    affine=False,
    activation="softmax",
    scale=None,
    name=None,
):
    """Builds the part of `shared_stack` that one architecture uses.

    Args:
        normal: `nas_tf.specs.image_cell.ImageCell` whose blocks add.
        reduction: `ImageCell` whose blocks add.
        layout: See `shared_stack`, as for all other arguments.

    Returns:
        An uncompiled `keras.Model` from `[B, height, width, channels]` to
        `[B, num_classes]`. With `training=True` it computes what the shared
        model does.
    """
    image = keras.Input(input_shape, name="image")
    kit = LoneKit(blocks.Blocks(epsilon=epsilon), affine)
    cell = specs.one_cell(normal, reduction)
    outputs = specs.shared_walk(layout, kit, image, cell)
    head = {"activation": activation, "scale": scale}
    y = classified(kit, outputs[-1], num_classes, dropout, **head)
    return keras.Model(image, y, name=name)


class LoneKit(EvenKit):
    """A kit whose batch normalization need not have a scale and an offset.

    Args:
        layers: `nas_tf.children.blocks.Blocks`.
        affine: Whether it has them.
    """

    def __init__(self, layers, affine):
        super().__init__(layers)
        self.layers = layers
        self.affine = affine

    def batch_norm(self, x, title):
        """Applies batch normalization."""
        return keras.layers.BatchNormalization(
            momentum=self.layers.momentum,
            epsilon=self.layers.epsilon,
            center=self.affine,
            scale=self.affine,
            name=f"{title}_batch_norm",
        )(x)


class SharedKit(LoneKit):
    """A kit whose batch normalization has no memory; see `LoneKit`."""

    def batch_norm(self, x, title):
        """Applies batch normalization by the statistics of the batch."""
        return BatchStatistics(
            self.layers.epsilon, self.affine, name=f"{title}_batch_norm"
        )(x)
