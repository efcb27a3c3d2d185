"""The networks of ENAS's micro space (Pham et al. 2018, section 2.4).

There are two forms of a network. `walk` is the one that is trained from
scratch: the two cells of `nas_tf.specs.image_cell`, stacked as in NASNet except
for what is said below. `shared_walk` is the one whose weights are shared in a
search, where every cell has to have the same shape whatever was chosen in it.
Both follow the authors' code, as the paper does not describe them.
"""

import typing

from nas_tf.specs import cell_stack
from nas_tf.specs import image_cell as cells
from nas_tf.specs.cell_stack import factorized_reduction
from nas_tf.specs.cell_stack import operated
from nas_tf.specs.cell_stack import relu_conv_bn

SIDES = ("left", "right")


class Place(typing.NamedTuple):
    """A cell's place in a network.

    Attributes:
        title: What its layers are named after, "cell_0" for the first one.
        reduces: Whether it is a reduction cell.
        filters: Number of filters.
        depth: The share of cells up to this one, in (0, 1].
    """

    title: str
    reduces: bool
    filters: int
    depth: float


def places(layout):
    """Yields the `Place` of each cell, from the image to the classifier.

    Args:
        layout: `nas_tf.specs.cell_stack.Layout` with the stem for CIFAR.
    """
    period = layout.num_repeats + 1
    for number in range(layout.num_cells):
        yield Place(
            f"cell_{number}",
            number % period == layout.num_repeats,
            layout.filters * 2 ** ((number + 1) // period),
            (number + 1) / layout.num_cells,
        )


def auxiliary_cell(layout):
    """Returns the number of the cell that an auxiliary head reads, from 0.

    It is the first normal cell after the second reduction.
    """
    return 2 * (layout.num_repeats + 1)


def loose_ends(blocks):
    """Returns the states that no block reads, the cell's inputs included."""
    read = {state for block in blocks for state, _ in block.sides}
    states = range(cells.NUM_INPUTS + len(blocks))
    return tuple(state for state in states if state not in read)


def walk(normal, reduction, layout, kit, image):
    """Builds the network that is trained from scratch.

    It differs from NASNet's in four ways: a cell's newer input is projected
    twice where its depth changes, an identity of stride 2 is a factorized
    reduction, so is an input among the outputs of a reduction cell, and both
    inputs of the first cell are the stem.

    Args:
        normal: `ImageCell` that keeps height and width.
        reduction: `ImageCell` that halves them.
        layout: `Layout` with the stem for CIFAR.
        kit: Object whose methods make layers, see `children.cell_stack.Kit`.
        image: The input, in the kit's terms.

    Returns:
        A list of the outputs of all cells.
    """
    x = before = _stem(layout, kit, image)
    outputs = []
    for place in places(layout):
        title, filters = place.title, place.filters
        older = _calibrated(kit, x, before, filters, title)
        newer = _projected(kit, x, filters, f"{title}_calibrated")
        newer = relu_conv_bn(kit, newer, filters, (1, 1), 1, f"{title}_input")
        cell = reduction if place.reduces else normal
        parts = _parts(kit, cell, [newer, older], place)
        x, before = kit.concat(parts, title), x
        outputs.append(x)
    return outputs


def _parts(kit, cell, states, place):
    """Returns the states that a cell puts out."""
    stride = 2 if place.reduces else 1
    for number, block in enumerate(cell.blocks, cells.NUM_INPUTS):
        parts = []
        for side, (state, operation) in zip(SIDES, block.sides):
            # States of blocks are halved already.
            step = stride if state < cells.NUM_INPUTS else 1
            name = f"{place.title}_state_{number}_{side}"
            x = states[state]
            if operation == cells.IDENTITY:
                x = _halved(kit, x, place.filters, step, name)
            else:
                x = operated(kit, x, operation, place.filters, step, name)
                x = kit.drop_path(x, place.depth, name)
            parts.append(x)
        title = f"{place.title}_state_{number}"
        states.append(kit.combine(parts, block.combination, title))
    return [
        _halved(
            kit,
            states[state],
            place.filters,
            stride if state < cells.NUM_INPUTS else 1,
            f"{place.title}_out_{state}",
        )
        for state in cell.put_out()
    ]


def shared_walk(layout, kit, image, make_cell):
    """Builds the network of a search, whose cells all have the same shape.

    It differs from `walk`: a reduction comes before the cell of its place, so
    that all operations keep the size, and a 1x1 convolution makes the filters
    of a cell out of its loose ends.

    Args:
        layout: See `walk`, as for the next two.
        kit: See `walk`.
        image: See `walk`.
        make_cell: Function of the kit, of a list of the two inputs and of the
            `Place`, which returns the cell's output.

    Returns:
        A list of the outputs of all cells.
    """
    x = before = _stem(layout, kit, image)
    outputs = []
    for place in places(layout):
        title, filters = place.title, place.filters
        if place.reduces:
            x = _halved(kit, x, filters, 2, f"{title}_reduced")
        older = _calibrated(kit, x, before, filters, title)
        newer = _projected(kit, x, filters, f"{title}_calibrated")
        x, before = make_cell(kit, [newer, older], place), x
        outputs.append(x)
    return outputs


def one_cell(normal, reduction):
    """Returns the `make_cell` of `shared_walk` for one architecture.

    Args:
        normal: `ImageCell` whose blocks add.
        reduction: `ImageCell` whose blocks add.
    """

    def make(kit, states, place):
        cell = reduction if place.reduces else normal
        for number, block in enumerate(cell.blocks, cells.NUM_INPUTS):
            title = f"{place.title}_state_{number}"
            parts = []
            for side, (state, operation) in zip(SIDES, block.sides):
                x, name = states[state], f"{title}_{side}"
                parts.append(
                    operated(kit, x, operation, place.filters, 1, name)
                )
            states.append(kit.combine(parts, block.combination, title))
        x = kit.concat([states[end] for end in cell.put_out()], place.title)
        title = f"{place.title}_output"
        return relu_conv_bn(kit, x, place.filters, (1, 1), 1, title)

    return make


def _stem(layout, kit, image):
    filters = layout.stem_filters
    filters = filters or cell_stack.CIFAR_STEM_FACTOR * layout.filters
    x = kit.conv(image, filters, (3, 3), 1, "stem")
    return kit.batch_norm(x, "stem")


def _calibrated(kit, x, before, filters, title):
    """Returns the older input, of the size of the newer one."""
    title = f"{title}_adjust"
    if kit.size(before) != kit.size(x):
        return factorized_reduction(kit, before, filters, title)
    return _projected(kit, before, filters, title)


def _projected(kit, x, filters, title):
    if kit.depth(x) == filters:
        return x
    return relu_conv_bn(kit, x, filters, (1, 1), 1, title)


def _halved(kit, x, filters, stride, title):
    if stride == 1:
        return x
    return factorized_reduction(kit, x, filters, title, relu=False)
