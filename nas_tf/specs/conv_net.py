"""Convolutional networks with skip connections, as plain data.

Nodes are numbered: 0 is the image, 1 to n are the layers. A layer reads one or
several earlier nodes. Several inputs are zero-padded to the largest height and
width and concatenated in depth. Layers that no other layer reads are the
network's outputs (Zoph & Le 2017, section 3.3).
"""

import dataclasses

from nas_tf.checks import is_number
from nas_tf.checks import is_whole
from nas_tf.errors import UsageError
from nas_tf.specs.base import Spec
from nas_tf.specs.cost import Cost
from nas_tf.specs.graph import Graph

CONV = "conv"
MAX_POOL = "max_pool"
LCN = "lcn"
KINDS = (CONV, MAX_POOL, LCN)
IMAGE = 0


@dataclasses.dataclass(frozen=True)
class Layer:
    """One layer.

    Attributes:
        inputs: Ascending tuple of node numbers, at least one.
        kernel: `(height, width)` of the filter or window, in pixels.
        filters: Number of filters if `kind` is "conv"; None for other kinds,
            which keep the depth.
        strides: `(height, width)`, each at least 1. Default: (1, 1).
        kind: "conv" (default; convolution, batch normalization, ReLU),
            "max_pool" or "lcn" (local contrast normalization).
    """

    inputs: tuple
    kernel: tuple
    filters: int | None
    strides: tuple = (1, 1)
    kind: str = CONV

    def to_json(self):
        return {
            "inputs": list(self.inputs),
            "kernel": list(self.kernel),
            "filters": self.filters,
            "strides": list(self.strides),
            "kind": self.kind,
        }

    def __str__(self):
        size = "x".join(str(side) for side in self.kernel)
        if self.strides != (1, 1):
            size += "/" + "x".join(str(side) for side in self.strides)
        if self.kind != CONV:
            return f"{self.kind} {size}"
        return f"{size}, {self.filters}"


@dataclasses.dataclass(frozen=True)
class ConvNetSpec(Spec):
    """A convolutional network.

    Attributes:
        layers: Tuple of `Layer`; layer i (from 1) is `layers[i - 1]`.
        pool_after: Ascending tuple of layer numbers, default (). After each
            of these layers lies a 2x2 max pooling with stride 2: a later
            layer that reads this layer or an earlier node reads it pooled.
        learning_rate: Learning rate to train the network with, > 0, or None
            (default) for the task's.

    Raises:
        UsageError: If the values do not describe such a network.
    """

    layers: tuple
    pool_after: tuple = ()
    learning_rate: float | None = None

    def __post_init__(self):
        if not self.layers:
            raise UsageError("Expected at least one layer. Received: none")
        for number, layer in enumerate(self.layers, 1):
            _check_layer(number, layer)
        rate = self.learning_rate
        if rate is not None and not (is_number(rate) and rate > 0):
            raise UsageError(
                f"Expected `learning_rate` to be None or > 0. Received: "
                f"{rate!r}"
            )
        for number in self.pool_after:
            if not is_whole(number, 1) or number > len(self.layers):
                raise UsageError(
                    f"Expected `pool_after` to hold layer numbers from 1 to "
                    f"{len(self.layers)}. Received: {self.pool_after}"
                )

    @property
    def outputs(self):
        """Numbers of the layers that no layer reads, ascending."""
        read = {node for layer in self.layers for node in layer.inputs}
        numbers = range(1, len(self.layers) + 1)
        return tuple(number for number in numbers if number not in read)

    def readers(self):
        """Yields `(number, inputs)` of each layer and of the classifier.

        The classifier has the number n + 1.
        """
        for number, layer in enumerate(self.layers, 1):
            yield number, layer.inputs
        yield len(self.layers) + 1, self.outputs

    def num_pools(self, node, reader):
        """Returns the number of poolings between a node and its reader."""
        return sum(node <= layer < reader for layer in self.pool_after)

    def with_more_filters(self, increment):
        """Returns the network with `increment` more filters in every layer.

        Zoph & Le 2017, section 4.1, add 40 to their 39-layer network.

        Args:
            increment: Number of filters to add, at least 1.
        """
        layers = tuple(
            dataclasses.replace(layer, filters=layer.filters + increment)
            if layer.kind == CONV
            else layer
            for layer in self.layers
        )
        return dataclasses.replace(self, layers=layers)

    def cost(self, input_shape, num_classes):
        """Returns the `Cost` of the built network.

        Args:
            input_shape: `(height, width, channels)` of the image.
            num_classes: Number of outputs of the classifier.
        """
        shapes = [tuple(input_shape)]
        params = multiply_adds = 0
        for reader, inputs in self.readers():
            height, width, channels = self._joined(shapes, reader, inputs)
            if reader > len(self.layers):
                break
            layer = self.layers[reader - 1]
            height = -(-height // layer.strides[0])
            width = -(-width // layer.strides[1])
            if layer.kind == CONV:
                kernel = layer.kernel[0] * layer.kernel[1] * channels
                params += kernel * layer.filters + 2 * layer.filters
                multiply_adds += height * width * kernel * layer.filters
                channels = layer.filters
            shapes.append((height, width, channels))
        params += (channels + 1) * num_classes
        return Cost(params, multiply_adds + channels * num_classes)

    def _joined(self, shapes, reader, inputs):
        heights, widths, depths = [], [], []
        for node in inputs:
            height, width, channels = shapes[node]
            for _ in range(self.num_pools(node, reader)):
                height, width = -(-height // 2), -(-width // 2)
            heights.append(height)
            widths.append(width)
            depths.append(channels)
        return max(heights), max(widths), sum(depths)

    def describe(self):
        """Returns one line with each layer and its inputs."""
        parts = []
        for number, layer in enumerate(self.layers, 1):
            inputs = ",".join(str(n) if n else "image" for n in layer.inputs)
            parts.append(f"{number}: {layer} <- {inputs}")
            if number in self.pool_after:
                parts.append("pool")
        if self.learning_rate is not None:
            parts.append(f"rate {self.learning_rate:g}")
        return "; ".join(parts)

    def depth(self):
        """Returns the number of layers."""
        return len(self.layers)

    def legend(self):
        """Returns how to read the labels and arrows of `graph`."""
        return (
            "Each layer is labelled with its number, the height x width of "
            "its kernel (followed by its strides after a slash) and its "
            "number of filters. Arrows and arcs lead from a layer to the "
            "layers that read it. Where there are too many for arcs, a line "
            "runs down from each layer and has a dot at each layer that "
            "reads it."
        )

    def graph(self):
        """Returns the `Graph` of image, layers and classifier."""
        labels = ["image"]
        for number, layer in enumerate(self.layers, 1):
            pooled = "  (pool)" if number in self.pool_after else ""
            labels.append(f"{number}: {layer}{pooled}")
        labels.append("average, softmax")
        edges = [
            (node, reader)
            for reader, inputs in self.readers()
            for node in inputs
        ]
        return Graph(tuple(labels), tuple(edges))

    def to_json(self):
        return {
            "layers": [layer.to_json() for layer in self.layers],
            "pool_after": list(self.pool_after),
            "learning_rate": self.learning_rate,
        }

    @classmethod
    def from_json(cls, record):
        """Returns the spec that `to_json` wrote.

        Raises:
            UsageError: If `record` is not such a dict.
        """
        try:
            layers = tuple(
                Layer(
                    inputs=tuple(layer["inputs"]),
                    kernel=tuple(layer["kernel"]),
                    filters=layer["filters"],
                    strides=tuple(layer["strides"]),
                    kind=layer["kind"],
                )
                for layer in record["layers"]
            )
            return cls(
                layers, tuple(record["pool_after"]), record["learning_rate"]
            )
        except (KeyError, TypeError) as error:
            raise UsageError(
                f"Expected the spec of a convolutional network. Received one "
                f"with a wrong or missing part: {error}"
            ) from None


def _check_layer(number, layer):
    def check(good, wanted, received):
        if not good:
            raise UsageError(
                f"Expected layer {number} with {wanted}. Received: {received}"
            )

    inputs = layer.inputs
    known = all(is_whole(node, 0) and node < number for node in inputs)
    check(
        inputs and known and sorted(set(inputs)) == list(inputs),
        f"ascending inputs from 0 to {number - 1}",
        inputs,
    )
    for name in ("kernel", "strides"):
        pair = getattr(layer, name)
        good = len(pair) == 2 and all(is_whole(side, 1) for side in pair)
        check(good, f"two whole numbers from 1 as {name}", pair)
    check(layer.kind in KINDS, f"a kind of {KINDS}", layer.kind)
    if layer.kind == CONV:
        check(is_whole(layer.filters, 1), "filters >= 1", layer.filters)
    else:
        check(layer.filters is None, "no filters", layer.filters)
