"""The network that stacks two cells of images (Zoph et al. 2018, figure 2).

`walk` says which layers the network has and how they are connected; a kit says
what a layer is. `children.cell_stack` has the kit that makes Keras layers,
`specs.cell_stack_cost` the one that only counts. Both therefore agree.
"""

import dataclasses

from nas_tf import checks
from nas_tf import limits
from nas_tf.specs import image_cell as cells

CIFAR = "cifar"
IMAGENET = "imagenet"
STEMS = (CIFAR, IMAGENET)
NUM_STAGES = 3
# The stem for ImageNet ends with two reduction cells whose filters are the
# first stage's divided by these.
STEM_DIVISORS = (4, 2)
# Filters of the first convolution: for CIFAR three times those of a cell.
CIFAR_STEM_FACTOR = 3
IMAGENET_STEM_FILTERS = 32


@dataclasses.dataclass(frozen=True)
class Layout:
    """How often the cells are repeated, and their sizes.

    Attributes:
        num_repeats: Number of normal cells in each of the three stages, the
            paper's N, at least 1. Default: 2, as in its search.
        filters: Filters of a cell of the first stage, the paper's F, at least
            1. They double from stage to stage. Default: 32.
        stem: "cifar" (default): a 3x3 convolution. "imagenet": a 3x3
            convolution of stride 2 and two reduction cells.
        stem_filters: Filters of the stem's convolution, or None (default) for
            three times `filters` for CIFAR and for 32 for ImageNet.
        skip_reduction: Which state the first normal cell after a reduction
            cell reads beside that cell's output: False (default), the state
            before it; True, the one before that.
    """

    num_repeats: int = 2
    filters: int = 32
    stem: str = CIFAR
    stem_filters: int | None = None
    skip_reduction: bool = False

    def __post_init__(self):
        checks.whole(self, "num_repeats", maximum=limits.LAYERS)
        checks.whole(self, "filters", maximum=limits.WIDTH)
        checks.one_of(self, "stem", STEMS)
        checks.whole(self, "stem_filters", maximum=limits.WIDTH, optional=True)
        checks.boolean(self, "skip_reduction")
        if self.stem == IMAGENET:
            checks.whole(
                self,
                "filters",
                minimum=2 * max(STEM_DIVISORS),
                maximum=limits.WIDTH,
            )

    @property
    def num_cells(self):
        """Number of all cells, those of the stem included."""
        stem = len(STEM_DIVISORS) if self.stem == IMAGENET else 0
        return NUM_STAGES * self.num_repeats + NUM_STAGES - 1 + stem

    @property
    def auxiliary_cell(self):
        """Number of the normal cell, from 0, that the auxiliary head reads.

        It is the last one before the second reduction.
        """
        return (NUM_STAGES - 1) * self.num_repeats - 1


def walk(normal, reduction, layout, kit, image):
    """Builds the network up to the average over the image.

    Args:
        normal: `ImageCell` that keeps height and width.
        reduction: `ImageCell` that halves them.
        layout: `Layout`.
        kit: Object whose methods make layers, see `children.cell_stack.Kit`.
        image: The input, in the kit's terms.

    Returns:
        A list of the output of each normal cell.
    """
    filters = layout.stem_filters
    if layout.stem == CIFAR:
        filters = filters or CIFAR_STEM_FACTOR * layout.filters
        x = kit.conv(image, filters, (3, 3), 1, "stem")
    else:
        filters = filters or IMAGENET_STEM_FILTERS
        x = kit.conv(image, filters, (3, 3), 2, "stem", padding="valid")
    x = kit.batch_norm(x, "stem")
    builder = _Cells(layout, kit)
    before = None
    if layout.stem == IMAGENET:
        for number, divisor in enumerate(STEM_DIVISORS, 1):
            width = layout.filters // divisor
            title = f"stem_cell_{number}"
            x, before = builder.cell(reduction, x, before, width, 2, title)
    outputs = []
    for stage in range(NUM_STAGES):
        width = layout.filters * 2**stage
        if stage:
            title = f"reduction_cell_{stage}"
            y, last = builder.cell(reduction, x, before, width, 2, title)
            x, before = y, before if layout.skip_reduction else last
        for _ in range(layout.num_repeats):
            title = f"cell_{len(outputs)}"
            x, before = builder.cell(normal, x, before, width, 1, title)
            outputs.append(x)
    return outputs


class _Cells:
    """Builds one cell after the other, and counts them."""

    def __init__(self, layout, kit):
        self.layout = layout
        self.kit = kit
        self.count = 0

    def cell(self, cell, x, before, filters, stride, title):
        """Returns a cell's output, and its input `x` for the next cell."""
        kit = self.kit
        depth = (self.count + 1) / self.layout.num_cells
        self.count += 1
        older = self._adjusted(x, before, filters, title)
        h = relu_conv_bn(kit, x, filters, (1, 1), 1, f"{title}_input")
        states = [h, older]
        for number, block in enumerate(cell.blocks, cells.NUM_INPUTS):
            parts = []
            for side, (state, operation) in zip(("left", "right"), block.sides):
                # States of blocks are halved already.
                step = stride if state < cells.NUM_INPUTS else 1
                name = f"{title}_state_{number}_{side}"
                part = operated(
                    kit, states[state], operation, filters, step, name
                )
                if operation != cells.IDENTITY:
                    part = kit.drop_path(part, depth, name)
                parts.append(part)
            states.append(
                kit.combine(parts, block.combination, f"{title}_state_{number}")
            )
        smallest = kit.size(states[-1])
        chosen = []
        for state in cell.put_out():
            y = states[state]
            if state < cells.NUM_INPUTS:
                y = self._fitted(y, filters, smallest, f"{title}_out_{state}")
            chosen.append(y)
        return kit.concat(chosen, title), x

    def _adjusted(self, x, before, filters, title):
        """Returns state 1, of the size and the filters of the cell."""
        if before is None:
            return x
        title = f"{title}_adjust"
        return self._fitted(before, filters, self.kit.size(x), title)

    def _fitted(self, x, filters, size, title):
        kit = self.kit
        if kit.size(x) != size:
            return factorized_reduction(kit, x, filters, title)
        if kit.depth(x) != filters:
            return relu_conv_bn(kit, x, filters, (1, 1), 1, title)
        return x


def operated(kit, x, operation, filters, stride, title):
    """Applies one of the 13 operations of `nas_tf.specs.image_cell`."""
    if operation == cells.IDENTITY:
        if stride == 1 and kit.depth(x) == filters:
            return x
        return relu_conv_bn(kit, x, filters, (1, 1), stride, title)
    if operation in cells.SEPARABLES:
        side = cells.WINDOWS[operation]
        for number, step in ((1, stride), (2, 1)):
            name = f"{title}_{number}"
            x = kit.relu(x, name)
            x = kit.separable(x, filters, side, step, name)
            x = kit.batch_norm(x, name)
        return x
    if operation in cells.WINDOWS:
        window = cells.WINDOWS[operation]
        if operation in cells.MAX_POOLS:
            x = kit.max_pool(x, window, stride, title)
        else:
            x = kit.average_pool(x, window, stride, title)
        if kit.depth(x) != filters:
            x = kit.conv(x, filters, (1, 1), 1, title)
            x = kit.batch_norm(x, title)
        return x
    if operation == cells.CONV_1X1:
        return relu_conv_bn(kit, x, filters, (1, 1), stride, title)
    if operation == cells.CONV_3X3:
        return relu_conv_bn(kit, x, filters, (3, 3), stride, title)
    x = kit.relu(x, title)
    if operation == cells.DILATED_3X3:
        # Of stride 2 and dilation 2 it reads every second pixel only.
        dilation = 2 if stride == 1 else 1
        x = kit.every(x, stride, title)
        x = kit.conv(x, filters, (3, 3), 1, title, dilation=dilation)
    else:
        side = 3 if operation == cells.CONV_1X3_3X1 else 7
        x = kit.conv(x, filters, (1, side), (1, stride), f"{title}_1")
        x = kit.conv(x, filters, (side, 1), (stride, 1), f"{title}_2")
    return kit.batch_norm(x, title)


def relu_conv_bn(kit, x, filters, kernel, stride, title):
    """Applies ReLU, a convolution and batch normalization."""
    x = kit.conv(kit.relu(x, title), filters, kernel, stride, title)
    return kit.batch_norm(x, title)


def factorized_reduction(kit, x, filters, title, relu=True):
    """Halves height and width without losing every second pixel's row.

    One half of the filters reads the pixels of even rows and columns, the
    other half those of odd ones. ReLU comes first unless `relu` is False.
    """
    if relu:
        x = kit.relu(x, title)
    first = kit.every(x, 2, f"{title}_even")
    first = kit.conv(first, filters // 2, (1, 1), 1, f"{title}_even")
    second = kit.every(kit.shift(x, f"{title}_odd"), 2, f"{title}_odd")
    rest = filters - filters // 2
    second = kit.conv(second, rest, (1, 1), 1, f"{title}_odd")
    return kit.batch_norm(kit.concat([first, second], title), title)
