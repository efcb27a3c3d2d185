"""The cells of NAS-Bench-201, as plain data (Dong & Yang 2020, section 2.1).

A cell has four nodes: node 0 is its input and node 3 its output. An edge leads
from each node to each later one. It applies an operation, and a node is the sum
of the results of the edges that lead to it.
"""

import dataclasses

from nas_tf.errors import UsageError
from nas_tf.specs.base import Spec
from nas_tf.specs.cost import Cost
from nas_tf.specs.graph import Graph

OPERATIONS = (
    NONE,
    SKIP,
    CONV_1X1,
    CONV_3X3,
    AVG_POOL,
) = (
    "none",
    "skip_connect",
    "nor_conv_1x1",
    "nor_conv_3x3",
    "avg_pool_3x3",
)
EDGES = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))
KERNELS = {CONV_1X1: 1, CONV_3X3: 3}
# Each has half the height and width and twice the filters of the one before.
STAGES = 3
# What stands between stages: the benchmark's residual block, or an average
# pool, a 1x1 convolution and batch normalization.
REDUCTIONS = (RESIDUAL, LIGHT) = ("residual", "light")

# Columns and rows of the nodes and of the operations on their edges. No arrow
# between them crosses a box.
_NODES = ((0, 0), (-1, 3), (1, 3), (0, 6))
_BOXES = ((-1, 1), (1, 1), (0, 3), (2.3, 5), (-1, 5), (1, 5))


@dataclasses.dataclass(frozen=True)
class CellSpec(Spec):
    """A cell.

    Attributes:
        operations: Tuple of six of `OPERATIONS`, one for each of `EDGES`.
            "none" returns zeros. A convolution is preceded by ReLU and
            followed by batch normalization.

    Raises:
        UsageError: If these are not six known operations.
    """

    operations: tuple

    def __post_init__(self):
        known = all(name in OPERATIONS for name in self.operations)
        if not known or len(self.operations) != len(EDGES):
            raise UsageError(
                f"Expected {len(EDGES)} operations of {OPERATIONS}. "
                f"Received: {self.operations}"
            )

    def edges(self):
        """Yields `(source, target, operation)`, in the order of `EDGES`."""
        for (source, target), operation in zip(EDGES, self.operations):
            yield source, target, operation

    def cost(
        self, input_shape, num_classes, channels, cells, reductions=RESIDUAL
    ):
        """Returns the `Cost` of `children.nasbench201.cell_net`.

        Args:
            input_shape: `(height, width, channels)` of the image.
            num_classes: Number of outputs of the classifier.
            channels: Filters of the first stage.
            cells: Number of cells of a stage.
            reductions: One of `REDUCTIONS`. Default: "residual".
        """
        filters = channels * 2 ** (STAGES - 1)
        params = 2 * filters + (filters + 1) * num_classes
        multiply_adds = filters * num_classes
        for count, positions, weights, normalized in self._convolutions(
            input_shape, channels, cells, reductions
        ):
            params += count * (weights + 2 * normalized)
            multiply_adds += count * positions * weights
        return Cost(params, multiply_adds)

    def _convolutions(self, input_shape, channels, cells, reductions):
        """Yields how many there are, positions, weights, normalized filters."""
        height, width, depth = input_shape
        yield 1, height * width, 9 * depth * channels, channels
        kernels = [KERNELS.get(name, 0) for name in self.operations]
        for stage in range(STAGES):
            filters = channels * 2**stage
            square = filters * filters
            if stage:
                height, width = -(-height // 2), -(-width // 2)
                if reductions == LIGHT:
                    yield 1, height * width, square // 2, filters
                else:
                    yield 1, height * width, 9 * square // 2, filters
                    yield 1, height * width, 9 * square, filters
                    yield 1, height * width, square // 2, 0
            for side in filter(None, kernels):
                yield cells, height * width, side**2 * square, filters

    def describe(self):
        """Returns the name that the benchmark has for the cell.

        It has the operations and the origins of the edges that lead to each
        node, for instance
        "|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|none~2|".
        """
        nodes = {}
        for source, target, operation in self.edges():
            nodes.setdefault(target, []).append(f"{operation}~{source}")
        return "+".join("|" + "|".join(node) + "|" for node in nodes.values())

    def graph(self):
        """Returns the `Graph` of nodes and operations, without "none"."""
        labels, positions, ways = [], [], []
        places = []
        for node, name in enumerate(("input", "node 1", "node 2", "output")):
            places.append(len(labels))
            labels.append(name)
            positions.append(_NODES[node])
            for (source, target, operation), box in zip(self.edges(), _BOXES):
                if source == node and operation != NONE:
                    ways.append((places[node], len(labels), target))
                    labels.append(operation)
                    positions.append(box)
        edges = []
        for start, box, target in ways:
            edges += [(start, box), (box, places[target])]
        return Graph(tuple(labels), tuple(edges), positions=tuple(positions))

    def to_json(self):
        return {"operations": list(self.operations)}

    @classmethod
    def from_json(cls, record):
        """Returns the spec that `to_json` wrote, or raises `UsageError`."""
        if not isinstance(record, dict) or set(record) != {"operations"}:
            raise UsageError(
                f"Expected a cell with operations. Received: {record!r:.60}"
            )
        operations = record["operations"]
        if not isinstance(operations, list):
            raise UsageError(
                f"Expected a list of operations. Received: {operations!r:.60}"
            )
        return cls(tuple(operations))
