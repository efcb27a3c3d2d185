"""Networks of ENAS's macro space as plain data (Pham et al. 2018, section 2.3).

Nodes are numbered: 0 is the stem, 1 to L are the layers. A layer reads the node
before it and applies an operation; skip connections from any of the nodes
before that one join its result.
"""

import dataclasses

from nas_tf.checks import is_whole
from nas_tf.errors import UsageError
from nas_tf.specs import image_cell as cells
from nas_tf.specs.base import Spec
from nas_tf.specs.graph import Graph

CONV_5X5 = "conv_5x5"
# In the order of the authors' numbers.
OPERATIONS = (
    cells.CONV_3X3,
    cells.SEPARABLE_3X3,
    CONV_5X5,
    cells.SEPARABLE_5X5,
    cells.AVG_POOL_3X3,
    cells.MAX_POOL_3X3,
)


@dataclasses.dataclass(frozen=True)
class MacroSpec(Spec):
    """A network of layers that all have the same number of filters.

    Attributes:
        operations: Tuple with the operation of each of L layers, of
            `OPERATIONS`; at least one.
        skips: Tuple with an ascending tuple for each layer, the nodes whose
            skip connections it has. Layer i (from 1) may have 0 to i - 2.

    Raises:
        UsageError: If the values do not describe such a network.
    """

    operations: tuple
    skips: tuple

    def __post_init__(self):
        names = self.operations
        if (
            not isinstance(names, tuple)
            or not names
            or not all(name in OPERATIONS for name in names)
        ):
            raise UsageError(
                f"Expected operations of {', '.join(OPERATIONS)}, one for each "
                f"layer. Received: {names!r:.100}"
            )
        if not isinstance(self.skips, tuple) or len(self.skips) != len(names):
            raise UsageError(
                f"Expected skip connections for each of {len(names)} layers. "
                f"Received: {self.skips!r:.100}"
            )
        for layer, nodes in enumerate(self.skips, 1):
            good = isinstance(nodes, tuple) and all(
                is_whole(node, 0) and node < layer - 1 for node in nodes
            )
            if not good or list(nodes) != sorted(set(nodes)):
                raise UsageError(
                    f"Expected skip connections of layer {layer} from "
                    f"different nodes below {layer - 1}, ascending. Received: "
                    f"{nodes!r:.100}"
                )

    def layers(self):
        """Yields `(number, operation, skips)` of each layer."""
        for number, pair in enumerate(zip(self.operations, self.skips), 1):
            yield number, *pair

    def describe(self):
        """Returns one line with each layer and its skip connections."""
        parts = []
        for number, operation, nodes in self.layers():
            skips = f" + {','.join(map(str, nodes))}" if nodes else ""
            parts.append(f"{number}: {operation}{skips}")
        return "; ".join(parts)

    def depth(self):
        """Returns the number of layers."""
        return len(self.operations)

    def legend(self):
        """Returns how to read the labels and arrows of `graph`."""
        return (
            "Each layer is labelled with its number and its operation. It "
            "reads the one before it; arcs are skip connections."
        )

    def graph(self):
        """Returns the `Graph` of stem, layers and classifier."""
        labels, edges = ["stem"], []
        for number, operation, nodes in self.layers():
            labels.append(f"{number}: {operation}")
            edges += [(node, number) for node in (*nodes, number - 1)]
        labels.append("average, outputs")
        edges.append((len(labels) - 2, len(labels) - 1))
        return Graph(tuple(labels), tuple(edges))

    def to_json(self):
        return {
            "operations": list(self.operations),
            "skips": [list(nodes) for nodes in self.skips],
        }

    @classmethod
    def from_json(cls, record):
        """Returns the spec that `to_json` wrote, or raises `UsageError`."""
        good = isinstance(record, dict) and set(record) == {
            "operations",
            "skips",
        }
        if good:
            lists = [*record.values()]
            good = all(isinstance(values, list) for values in lists)
            good = good and all(isinstance(x, list) for x in record["skips"])
        if not good:
            raise UsageError(
                f"Expected a network with operations and skips. Received: "
                f"{record!r:.60}"
            )
        return cls(
            tuple(record["operations"]),
            tuple(tuple(nodes) for nodes in record["skips"]),
        )
