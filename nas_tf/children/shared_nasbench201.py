"""One network for all cells of NAS-Bench-201, which share its weights."""

import keras

from nas_tf import keras_scope
from nas_tf.children import shared_blocks
from nas_tf.children import sharing
from nas_tf.children.blocks import classifier
from nas_tf.children.nasbench201 import network
from nas_tf.layers.choice import Choice
from nas_tf.specs import cell_net as specs


@keras_scope.channels_last()
def shared_net(
    input_shape,
    num_classes,
    channels=16,
    cells=5,
    batch_norm_epsilon=1e-5,
    stem=None,
    reductions=specs.LIGHT,
    activation="softmax",
    scale=None,
    mixed=False,
    path_dropout=0.0,
):
    """Builds the network; each edge of each cell has all five operations.

    Args:
        input_shape: See `nas_tf.children.nasbench201.cell_net`, as for the
            other arguments.
        mixed: See `nas_tf.spaces.base.SearchSpace.build_shared`.
        path_dropout: See `build_shared`, too.

    Returns:
        An uncompiled `keras.Model` of `(images, actions)`. Actions are int32
        `[6]`, the operations' numbers in the order of `EDGES`; with `mixed`
        they are float32 `[6, 5]`.
    """
    blocks = shared_blocks.SharedBlocks(epsilon=batch_norm_epsilon)
    image = keras.Input(input_shape, name="image")
    shape, dtype = (len(specs.EDGES),), "int32"
    if mixed:
        shape, dtype = (*shape, len(specs.OPERATIONS)), "float32"
    actions = keras.Input(batch_shape=shape, dtype=dtype, name="actions")

    def operate(x, edge, title):
        branches = [
            _branch(blocks, operation, x.shape[-1], f"{title}_{operation}")
            for operation in specs.OPERATIONS
        ]
        x = Choice(branches, name=title)(x, actions[edge])
        return shared_blocks.dropped(x, path_dropout, title)

    x = network(blocks, image, operate, channels, cells, stem, reductions)
    outputs = classifier(x, num_classes, activation, scale)
    return keras.Model([image, actions], outputs)


def copy_weights(shared, spec, model):
    """Copies the weights that a cell uses to a network of its own.

    Args:
        shared: What `shared_net` returned.
        spec: `CellSpec`.
        model: What `cell_net` returned for the cell.

    Raises:
        UsageError: If `model` has other layers.
    """
    found = {layer.name: layer.trainable_variables for layer in shared.layers}
    chosen = {
        f"{source}{target}": operation
        for source, target, operation in spec.edges()
    }
    for layer in shared.layers:
        if isinstance(layer, Choice):
            operation = chosen[layer.name[-2:]]
            branch = layer.branches[specs.OPERATIONS.index(operation)]
            found[f"{layer.name}_conv"] = branch.trainable_variables
    sharing.copy_found(found, model)


def _branch(blocks, operation, filters, name):
    if operation == specs.NONE:
        return keras.layers.Rescaling(0.0, name=name)
    if operation == specs.SKIP:
        return keras.layers.Identity(name=name)
    if operation == specs.AVG_POOL:
        return keras.layers.AveragePooling2D(3, 1, padding="same", name=name)
    return blocks.relu_conv_bn_layer(filters, specs.KERNELS[operation], name)
