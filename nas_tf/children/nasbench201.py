"""Builds the network of a NAS-Bench-201 cell (Dong & Yang 2020, section 2.1).

The network has the same parameters as the one of the authors' code. Edges whose
results are not used remain in the model, and "none" multiplies by 0.
"""

import keras

from nas_tf import keras_scope
from nas_tf.children.blocks import Blocks
from nas_tf.children.blocks import classifier
from nas_tf.specs import cell_net as specs


@keras_scope.channels_last()
def cell_net(
    spec,
    input_shape,
    num_classes,
    channels=16,
    cells=5,
    batch_norm_momentum=0.9,
    batch_norm_epsilon=1e-5,
    stem=None,
    activation="softmax",
    scale=None,
    name=None,
    reductions=specs.RESIDUAL,
):
    """Builds the network of a cell.

    The network is a 3x3 convolution with batch normalization, three stages of
    equal cells with residual blocks of stride 2 between them, batch
    normalization, ReLU, the average over the image, and a softmax.

    Args:
        spec: `CellSpec`.
        input_shape: `(height, width, channels)` of the image.
        num_classes: Number of classes, or of other outputs, at least 1.
        channels: Number of filters of the first stage, at least 1. It doubles
            from stage to stage. Default: 16.
        cells: Number of cells of a stage, at least 1. Default: 5.
        batch_norm_momentum: See `Blocks`. Default: 0.9.
        batch_norm_epsilon: See `Blocks`. Default: 0.00001.
        stem: `nas_tf.specs.stem.Stem` that the image passes first, or None
            (default).
        activation: See `blocks.outputs`. Default: "softmax".
        scale: See `blocks.outputs`. Default: None.
        name: Name of the model, or None (default) for Keras's choice.
        reductions: One of `specs.cell_net.REDUCTIONS`, what stands between
            stages. Default: "residual".

    Returns:
        An uncompiled `keras.Model` from `[B, height, width, channels]` to
        `[B, num_classes]` probabilities, or what `activation` says.
    """
    blocks = Blocks(batch_norm_momentum, batch_norm_epsilon)

    def operate(x, edge, title):
        return _operated(blocks, x, spec.operations[edge], title)

    image = keras.Input(input_shape, name="image")
    x = network(blocks, image, operate, channels, cells, stem, reductions)
    return keras.Model(
        image, classifier(x, num_classes, activation, scale), name=name
    )


def network(blocks, image, operate, channels, cells, stem, reductions):
    """Returns the features behind the last cell, `[B, height, width, C]`.

    Args:
        blocks: `Blocks`.
        image: The input.
        operate: Function of an input, the number of an edge in
            `specs.cell_net.EDGES` and a title, that returns what arrives at
            the edge's end.
        channels: See `cell_net`, as for the other arguments.
    """
    x = blocks.stem(image, stem) if stem else image
    x = blocks.conv_bn(x, channels, 3, "stem")
    for stage in range(specs.STAGES):
        if stage:
            filters = channels * 2**stage
            reduce = _light if reductions == specs.LIGHT else _residual
            x = reduce(blocks, x, filters, f"{reductions}_{stage}")
        for number in range(1, cells + 1):
            x = _cell(x, operate, f"stage_{stage + 1}_cell_{number}")
    return blocks.relu(blocks.batch_norm(x, "last"), "last")


def _cell(x, operate, title):
    nodes = {0: x}
    for node in range(1, 4):
        arriving = [
            operate(nodes[source], edge, f"{title}_{source}{node}")
            for edge, (source, target) in enumerate(specs.EDGES)
            if target == node
        ]
        nodes[node] = arriving[0]
        if len(arriving) > 1:
            add = keras.layers.Add(name=f"{title}_node_{node}")
            nodes[node] = add(arriving)
    return nodes[3]


def _operated(blocks, x, operation, title):
    if operation == specs.SKIP:
        return x
    if operation == specs.NONE:
        # It is not left out, so that the layers it reads remain in the model.
        return keras.layers.Rescaling(0.0, name=f"{title}_none")(x)
    if operation == specs.AVG_POOL:
        return keras.layers.AveragePooling2D(
            3, 1, padding="same", name=f"{title}_pool"
        )(x)
    side = specs.KERNELS[operation]
    return blocks.relu_conv_bn(x, x.shape[-1], side, title)


def _light(blocks, x, filters, title):
    x = keras.layers.AveragePooling2D(2, padding="same", name=f"{title}_pool")(
        x
    )
    return blocks.conv_bn(x, filters, 1, title)


def _residual(blocks, x, filters, title):
    shortcut = keras.layers.AveragePooling2D(
        2, padding="same", name=f"{title}_pool"
    )(x)
    shortcut = blocks.conv(shortcut, filters, 1, f"{title}_shortcut")
    x = blocks.relu_conv_bn(
        x, filters, 3, f"{title}_first", strides=2, symmetric=True
    )
    x = blocks.relu_conv_bn(x, filters, 3, f"{title}_second")
    return keras.layers.Add(name=f"{title}_sum")([x, shortcut])
