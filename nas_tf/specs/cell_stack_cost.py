"""The size of a stack of cells, counted without building it."""

import dataclasses
import math

from nas_tf.specs import cell_stack
from nas_tf.specs import image_cell as cells
from nas_tf.specs.cost import Cost


def cost(
    normal,
    reduction,
    layout,
    input_shape,
    num_classes,
    walk=cell_stack.walk,
    use_bias=True,
):
    """Returns the `Cost` of the network without its auxiliary head.

    Args:
        normal: `ImageCell`.
        reduction: `ImageCell`.
        layout: `nas_tf.specs.cell_stack.Layout`.
        input_shape: `(height, width, channels)` of the image.
        num_classes: Number of outputs of the classifier.
        walk: Function that builds the network. Default: that of NASNet.
        use_bias: Whether the classifier has a bias. Default: True.
    """
    image = Tensor(tuple(input_shape))
    outputs = walk(normal, reduction, layout, Counter(), image)
    last = outputs[-1]
    depth = last.shape[2]
    found = size_of(last)
    return Cost(
        found.params + (depth + use_bias) * num_classes,
        found.multiply_adds + depth * num_classes,
    )


@dataclasses.dataclass(frozen=True, eq=False)
class Tensor:
    """The output of a layer: its shape, and what was needed to compute it.

    Attributes:
        shape: `(height, width, filters)`.
        inputs: Tuple of `Tensor` that the layer reads.
        params: Trainable parameters of the layer.
        multiply_adds: Multiplications of the layer, for one example.
    """

    shape: tuple
    inputs: tuple = ()
    params: int = 0
    multiply_adds: int = 0


def size_of(*outputs):
    """Returns the `Cost` of all layers that lead to some tensors.

    A layer that nothing reads is not part of a network, for instance the
    projection of a state that a cell does not use.
    """
    known = set()
    waiting = list(outputs)
    while waiting:
        tensor = waiting.pop()
        if tensor not in known:
            known.add(tensor)
            waiting.extend(tensor.inputs)
    return Cost(
        sum(tensor.params for tensor in known),
        sum(tensor.multiply_adds for tensor in known),
    )


class Counter:
    """A kit that makes a `Tensor` for each layer."""

    def size(self, x):
        return x.shape[:2]

    def depth(self, x):
        return x.shape[2]

    def conv(
        self, x, filters, kernel, stride, title, padding="same", dilation=1
    ):
        rows, columns = (stride, stride) if isinstance(stride, int) else stride
        height, width, depth = x.shape
        if padding == "valid":
            height, width = height - kernel[0] + 1, width - kernel[1] + 1
        shape = (-(-height // rows), -(-width // columns), filters)
        return _product(x, shape, math.prod(kernel) * depth * filters)

    def separable(self, x, filters, side, stride, title):
        height, width, depth = x.shape
        shape = (-(-height // stride), -(-width // stride), filters)
        return _product(x, shape, side * side * depth + depth * filters)

    def batch_norm(self, x, title):
        return Tensor(x.shape, (x,), 2 * x.shape[2])

    def relu(self, x, title):
        return x

    def drop_path(self, x, depth, title):
        return x

    def shift(self, x, title):
        return x

    def every(self, x, stride, title):
        height, width, depth = x.shape
        return Tensor((-(-height // stride), -(-width // stride), depth), (x,))

    def max_pool(self, x, window, stride, title):
        return self.every(x, stride, title)

    def average_pool(self, x, window, stride, title):
        return self.every(x, stride, title)

    def concat(self, parts, title):
        height, width, _ = parts[0].shape
        depth = sum(part.shape[2] for part in parts)
        return Tensor((height, width, depth), tuple(parts))

    def combine(self, parts, combination, title):
        if combination == cells.CONCAT:
            return self.concat(parts, title)
        shape = parts[0].shape
        params = 0 if combination == cells.ADD else 2 * shape[2]
        return Tensor(shape, tuple(parts), params)


def _product(x, shape, weights):
    return Tensor(shape, (x,), weights, shape[0] * shape[1] * weights)
