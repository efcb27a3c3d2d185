"""The pair of cells that the NASNet search space describes, as plain data."""

import dataclasses

from nas_tf.errors import UsageError
from nas_tf.specs import image_cell as cells
from nas_tf.specs.base import Spec
from nas_tf.specs.graph import Graph
from nas_tf.specs.image_cell import Block
from nas_tf.specs.image_cell import ImageCell


@dataclasses.dataclass(frozen=True)
class NASNetSpec(Spec):
    """A normal cell, which keeps an image's size, and a reduction cell.

    Attributes:
        normal: `nas_tf.specs.image_cell.ImageCell`.
        reduction: `ImageCell`. What reads its two inputs has stride 2.
    """

    normal: ImageCell
    reduction: ImageCell

    def describe(self):
        """Returns one line with both cells."""
        return (
            f"normal: {self.normal.describe()} | "
            f"reduction: {self.reduction.describe()}"
        )

    def lines(self):
        """Returns one line for each state of both cells."""
        lines = []
        for title, cell in (
            ("Normal cell", self.normal),
            ("Reduction cell", self.reduction),
        ):
            lines.append(title)
            lines += [f"  {part}" for part in cell.describe().split("; ")]
        return lines

    def legend(self):
        """Returns how to read the labels and arrows of `graph`."""
        return (
            "The normal cell is on the left, the reduction cell on the right. "
            "A box with two lines is a block: its operations and the states "
            "they read. State 0 is the output of the cell before, state 1 "
            "that of the cell before that one."
        )

    def graph(self):
        """Returns the `Graph` of both cells, side by side."""
        labels, edges, positions = [], [], []
        for title, cell, shift in (
            ("normal", self.normal, 0),
            ("reduction", self.reduction, 2 * len(self.normal.blocks) + 1),
        ):
            first = len(labels)
            rows = [0, 0]
            labels += [f"{title}\nstate 0", f"{title}\nstate 1"]
            positions += [(shift, 0), (shift + 2, 0)]
            used = {}
            for number, block in enumerate(cell.blocks, cells.NUM_INPUTS):
                row = 1 + max(rows[state] for state, _ in block.sides)
                rows.append(row)
                column = used.get(row, 0)
                used[row] = column + 1
                labels.append(_label(number, block))
                positions.append((shift + 2 * column, row))
                edges += [
                    (first + state, first + number)
                    for state in sorted({state for state, _ in block.sides})
                ]
            labels.append("concatenate")
            positions.append((shift + 1, max(rows) + 1))
            edges += [
                (first + state, len(labels) - 1) for state in cell.put_out()
            ]
        return Graph(tuple(labels), tuple(edges), positions=tuple(positions))

    def to_json(self):
        return {
            "normal": self.normal.to_json(),
            "reduction": self.reduction.to_json(),
        }

    @classmethod
    def from_json(cls, record):
        """Returns the spec that `to_json` wrote, or raises `UsageError`."""
        if not isinstance(record, dict) or set(record) != {
            "normal",
            "reduction",
        }:
            raise UsageError(
                f"Expected a normal and a reduction cell. Received: "
                f"{record!r:.60}"
            )
        return cls(
            ImageCell.from_json(record["normal"]),
            ImageCell.from_json(record["reduction"]),
        )


def _label(number, block):
    lines = [f"{number}: {block.combination}"]
    lines += [f"{operation}({state})" for state, operation in block.sides]
    return "\n".join(lines)


# The cells of NASNet-A (figure 4), with the outputs of the authors' code,
# which also puts out two states that are read.
NASNET_A = NASNetSpec(
    normal=ImageCell(
        (
            Block(0, cells.SEPARABLE_5X5, 1, cells.SEPARABLE_3X3),
            Block(1, cells.SEPARABLE_5X5, 1, cells.SEPARABLE_3X3),
            Block(0, cells.AVG_POOL_3X3, 1, cells.IDENTITY),
            Block(1, cells.AVG_POOL_3X3, 1, cells.AVG_POOL_3X3),
            Block(0, cells.SEPARABLE_3X3, 0, cells.IDENTITY),
        ),
        outputs=(1, 2, 3, 4, 5, 6),
    ),
    reduction=ImageCell(
        (
            Block(0, cells.SEPARABLE_5X5, 1, cells.SEPARABLE_7X7),
            Block(0, cells.MAX_POOL_3X3, 1, cells.SEPARABLE_7X7),
            Block(0, cells.AVG_POOL_3X3, 1, cells.SEPARABLE_5X5),
            Block(3, cells.IDENTITY, 2, cells.AVG_POOL_3X3),
            Block(2, cells.SEPARABLE_3X3, 0, cells.MAX_POOL_3X3),
        ),
        outputs=(3, 4, 5, 6),
    ),
)
