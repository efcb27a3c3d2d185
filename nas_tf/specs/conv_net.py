"""Convolutional networks with skip connections, as plain data.

Nodes are numbered: 0 is the image, 1 to n are the layers. A layer reads one or
several earlier nodes. Several inputs are zero-padded to the largest height and
width and concatenated in depth. Layers that no other layer reads are the
network's outputs (Zoph & Le 2017, section 3.3).
"""

import dataclasses
import math

from nas_tf.checks import is_number
from nas_tf.checks import is_whole
from nas_tf.errors import UsageError
from nas_tf.specs.base import Spec
from nas_tf.specs.conv_layer import CONV
from nas_tf.specs.conv_layer import Layer
from nas_tf.specs.conv_layer import check_layer
from nas_tf.specs.cost import Cost
from nas_tf.specs.graph import Graph

IMAGE = 0


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
            check_layer(number, layer)
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

    def with_learning_rate(self, learning_rate):
        return dataclasses.replace(self, learning_rate=learning_rate)

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
        params = multiply_adds = 0
        shapes, joined = self._shapes(input_shape)
        for layer, shape, (*_, depth) in zip(self.layers, shapes[1:], joined):
            if layer.kind == CONV:
                height, width, filters = shape
                kernel = layer.kernel[0] * layer.kernel[1] * depth
                params += kernel * filters + 2 * filters
                multiply_adds += height * width * kernel * filters
        channels = joined[-1][-1]
        params += (channels + 1) * num_classes
        return Cost(params, multiply_adds + channels * num_classes)

    def activations(self, input_shape, num_classes):
        """Returns how many numbers training keeps for one example.

        It is what `nas_tf.children.activations` counts in the built network.

        Args:
            input_shape: `(height, width, channels)` of the image.
            num_classes: Number of outputs of the classifier.
        """
        shapes, joined = self._shapes(input_shape)
        kept = {}
        for reader, inputs in self.readers():
            for node in inputs:
                # Poolings keep what they read and what they return.
                shape = shapes[node]
                for count in range(1, self.num_pools(node, reader) + 1):
                    kept[node, count - 1] = math.prod(shape)
                    shape = _halved(shape)
                    kept[node, count] = math.prod(shape)
            if reader > len(self.layers):
                break
            # A join of several nodes is a copy.
            whole = len(inputs) == 1
            source = (inputs[0], self.num_pools(inputs[0], reader))
            kept[source if whole else ("join", reader)] = math.prod(
                joined[reader - 1]
            )
            kept[reader, 0] = math.prod(shapes[reader])
            if self.layers[reader - 1].kind == CONV:
                # Batch normalization keeps what it reads.
                kept["conv", reader] = math.prod(shapes[reader])
        return sum(kept.values()) + joined[-1][-1] + num_classes

    def _shapes(self, input_shape):
        """Returns the shapes of nodes, and of what each reader reads."""
        shapes, joined = [tuple(input_shape)], []
        for reader, inputs in self.readers():
            height, width, channels = self._joined(shapes, reader, inputs)
            joined.append((height, width, channels))
            if reader > len(self.layers):
                return shapes, joined
            layer = self.layers[reader - 1]
            height = -(-height // layer.strides[0])
            width = -(-width // layer.strides[1])
            if layer.kind == CONV:
                channels = layer.filters
            shapes.append((height, width, channels))

    def _joined(self, shapes, reader, inputs):
        views = []
        for node in inputs:
            shape = shapes[node]
            for _ in range(self.num_pools(node, reader)):
                shape = _halved(shape)
            views.append(shape)
        heights, widths, depths = zip(*views)
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
        labels.append("average, outputs")
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


def _halved(shape):
    height, width, channels = shape
    return -(-height // 2), -(-width // 2), channels
