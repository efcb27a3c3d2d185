"""Fully connected networks, as plain data."""

import dataclasses

from nas_tf.checks import is_number
from nas_tf.checks import is_whole
from nas_tf.errors import UsageError
from nas_tf.specs.base import Spec
from nas_tf.specs.cost import Cost
from nas_tf.specs.graph import Graph

ACTIVATIONS = (
    "relu",
    "elu",
    "gelu",
    "leaky_relu",
    "selu",
    "sigmoid",
    "silu",
    "softplus",
    "tanh",
)


@dataclasses.dataclass(frozen=True)
class DenseLayer:
    """One layer.

    Attributes:
        units: Number of units, at least 1.
        activation: One of `ACTIVATIONS`, names of Keras.
        skip: Whether the layer also reads the inputs of the network. The first
            layer reads nothing else, so it has none. Default: False.
    """

    units: int
    activation: str
    skip: bool = False

    def __str__(self):
        return f"{self.units} {self.activation}" + (
            " + inputs" if self.skip else ""
        )


@dataclasses.dataclass(frozen=True)
class DenseNetSpec(Spec):
    """A fully connected network.

    Attributes:
        layers: Tuple of `DenseLayer`, without the layer of the outputs.
        dropout: Share of the units of each layer that is dropped in training,
            in [0, 1). Default: 0.

    Raises:
        UsageError: If the values do not describe such a network.
    """

    layers: tuple
    dropout: float = 0.0

    def __post_init__(self):
        if not self.layers:
            raise UsageError("Expected at least one layer. Received: none")
        for number, layer in enumerate(self.layers, 1):
            good = is_whole(layer.units) and layer.activation in ACTIVATIONS
            good = good and isinstance(layer.skip, bool)
            if not good or (layer.skip and number == 1):
                raise UsageError(
                    f"Expected layer {number} with units >= 1, an activation "
                    f"of {', '.join(ACTIVATIONS)}, and whether it skips, "
                    f"except the first. Received: {layer}"
                )
        if not is_number(self.dropout) or not 0 <= self.dropout < 1:
            raise UsageError(
                f"Expected `dropout` in [0, 1). Received: {self.dropout!r}"
            )

    def sizes(self, features):
        """Yields the number of inputs of each layer, the outputs' last.

        Args:
            features: Number of inputs of the network.
        """
        before = 0
        for number, layer in enumerate(self.layers):
            yield before + (features if layer.skip or not number else 0)
            before = layer.units
        yield before

    def cost(self, features, num_outputs, batch_norm):
        """Returns the `Cost` of `children.dense_net.dense_net`.

        Args:
            features: Number of inputs of the network.
            num_outputs: Number of outputs.
            batch_norm: Whether each layer is normalized.
        """
        units = [layer.units for layer in self.layers] + [num_outputs]
        products = sum(map(int.__mul__, self.sizes(features), units))
        # A bias, or a scale and an offset.
        others = sum(units[:-1]) * (2 if batch_norm else 1) + num_outputs
        return Cost(products + others, products)

    def describe(self):
        """Returns one line with each layer and the dropout."""
        parts = list(map(str, self.layers))
        if self.dropout:
            parts.append(f"dropout {self.dropout:g}")
        return ", ".join(parts)

    def depth(self):
        """Returns the number of layers."""
        return len(self.layers)

    def graph(self):
        """Returns the `Graph` of inputs, layers and outputs."""
        labels = ["inputs", *(f"{x.units} {x.activation}" for x in self.layers)]
        count = len(self.layers)
        edges = [(number, number + 1) for number in range(count + 1)]
        edges += [(0, n) for n, x in enumerate(self.layers, 1) if x.skip]
        title = f"dropout {self.dropout:g}" if self.dropout else ""
        return Graph((*labels, "outputs"), tuple(edges), title)

    def legend(self):
        """Returns how to read `graph`."""
        return (
            "Each layer is labelled with its number of units and its "
            "activation. An arc leads from the inputs to each layer that "
            "reads them too."
        )

    def to_json(self):
        return {
            "layers": [dataclasses.asdict(layer) for layer in self.layers],
            "dropout": self.dropout,
        }

    @classmethod
    def from_json(cls, record):
        """Returns the spec that `to_json` wrote, or raises `UsageError`."""
        try:
            layers = tuple(DenseLayer(**layer) for layer in record["layers"])
            return cls(layers, record["dropout"])
        except (KeyError, TypeError) as error:
            raise UsageError(
                f"Expected the spec of a fully connected network. Received one "
                f"with a wrong or missing part: {error}"
            ) from None
