"""The layers of the networks of ENAS's macro space.

As for the micro space (`nas_tf.specs.enas_stack`) there are two forms. `walk`
is trained from scratch: what skip connections bring is concatenated, and the
filters double when height and width are halved. In `shared_walk`, whose weights
are shared in a search, it is added, and all layers have the same filters unless
these shall double too. Both follow the authors' code, but for the mistakes that
docs/deviations.md lists.
"""

from nas_tf.specs import image_cell as cells
from nas_tf.specs.cell_stack import factorized_reduction
from nas_tf.specs.cell_stack import relu_conv_bn
from nas_tf.specs.enas_macro import CONV_5X5

KERNELS = {cells.CONV_3X3: 3, CONV_5X5: 5}


def reductions(num_layers):
    """Returns the numbers of the layers behind which the size is halved."""
    third = num_layers // 3
    return (third, 2 * third) if third else ()


def walk(spec, filters, kit, image):
    """Builds the network that is trained from scratch.

    Args:
        spec: `nas_tf.specs.enas_macro.MacroSpec`.
        filters: Filters of the first layers.
        kit: Object whose methods make layers, see `children.cell_stack.Kit`.
        image: The input, in the kit's terms.

    Returns:
        The output of the last layer.
    """
    nodes = [_stem(filters, kit, image)]
    for number, operation, skips in spec.layers():
        title = f"layer_{number}"
        x = _operated(kit, nodes[-1], operation, filters, title)
        if number > 1:
            x = kit.concat([*(nodes[node] for node in skips), x], title)
            x = relu_conv_bn(kit, x, filters, (1, 1), 1, f"{title}_joined")
        nodes.append(x)
        if number in reductions(spec.depth()) and number < spec.depth():
            filters *= 2
            nodes = _halved(kit, nodes, filters, title)
    return nodes[-1]


def _operated(kit, x, operation, filters, title):
    """Applies a 1x1 convolution and an operation."""
    x = relu_conv_bn(kit, x, filters, (1, 1), 1, f"{title}_input")
    if operation in KERNELS:
        side = KERNELS[operation]
        return relu_conv_bn(kit, x, filters, (side, side), 1, title)
    window = cells.WINDOWS[operation]
    x = kit.relu(x, title)
    if operation in cells.SEPARABLES:
        x = kit.separable(x, filters, window, 1, title)
        return kit.batch_norm(x, title)
    return _pooled(kit, x, operation, title)


def shared_walk(num_layers, filters, growth, kit, image, make_layer, join):
    """Builds the network of a search.

    Args:
        num_layers: Number of layers.
        filters: Filters of the first layers.
        growth: How many times more there are after each halving of height and
            width, at least 1.
        kit: See `walk`, as for the next one.
        image: See `walk`.
        make_layer: Function of the kit, of what a layer reads and of its
            number, which returns the result of its operation.
        join: Function of the kit, of a list of the nodes before what the layer
            reads, of its result and of its number, which returns the sum of
            the result and of some nodes.

    Returns:
        The output of the last layer.
    """
    nodes = [_stem(filters, kit, image)]
    for number in range(1, num_layers + 1):
        x = make_layer(kit, nodes[-1], number)
        if number > 1:
            x = join(kit, nodes[:-1], x, number)
            x = kit.batch_norm(x, f"layer_{number}_joined")
        nodes.append(x)
        if number in reductions(num_layers) and number < num_layers:
            filters *= growth
            nodes = _halved(kit, nodes, filters, f"layer_{number}")
    return nodes[-1]


def branch(kit, x, operation, filters, stride, title):
    """Applies an operation of `shared_walk` with its own 1x1 convolution."""
    x = kit.conv(x, filters, (1, 1), 1, f"{title}_input")
    x = kit.relu(kit.batch_norm(x, f"{title}_input"), f"{title}_input")
    if operation not in KERNELS and operation not in cells.SEPARABLES:
        return _pooled(kit, x, operation, title)
    if operation in KERNELS:
        side = KERNELS[operation]
        x = kit.conv(x, filters, (side, side), 1, title)
    else:
        x = kit.separable(x, filters, cells.WINDOWS[operation], 1, title)
    return kit.relu(kit.batch_norm(x, title), title)


def one_network(spec):
    """Returns `make_layer` and `join` of `shared_walk` for one network."""

    def make_layer(kit, x, number):
        operation = spec.operations[number - 1]
        return branch(kit, x, operation, kit.depth(x), 1, f"layer_{number}")

    def join(kit, nodes, x, number):
        parts = [nodes[node] for node in spec.skips[number - 1]]
        if not parts:
            return x
        return kit.combine([*parts, x], cells.ADD, f"layer_{number}_joined")

    return make_layer, join


def _stem(filters, kit, image):
    x = kit.conv(image, filters, (3, 3), 1, "stem")
    return kit.batch_norm(x, "stem")


def _pooled(kit, x, operation, title):
    window = cells.WINDOWS[operation]
    if operation in cells.MAX_POOLS:
        return kit.max_pool(x, window, 1, title)
    return kit.average_pool(x, window, 1, title)


def _halved(kit, nodes, filters, title):
    return [
        factorized_reduction(
            kit, x, filters, f"{title}_node_{number}", relu=False
        )
        for number, x in enumerate(nodes)
    ]
