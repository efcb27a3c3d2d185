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
            "The normal cell is above, the reduction cell below. "
            "A box of three lines is a block: its operations and the states "
            "they read. State 0 is the output of the cell before, state 1 "
            "that of the cell before that one."
        )

    def graph(self):
        """Returns the `Graph` of both cells, one below the other."""
        labels, edges, positions = [], [], []
        for title, cell in (
            ("normal", self.normal),
            ("reduction", self.reduction),
        ):
            first = len(labels)
            top = max((row + 2 for _, row in positions), default=0)
            labels += [f"{title}\nstate {n}" for n in range(cells.NUM_INPUTS)]
            labels += [
                _label(number, block)
                for number, block in enumerate(cell.blocks, cells.NUM_INPUTS)
            ]
            edges += [
                (first + state, first + number)
                for number, block in enumerate(cell.blocks, cells.NUM_INPUTS)
                for state in sorted({state for state, _ in block.sides})
            ]
            labels.append("concatenate")
            edges += [
                (first + state, len(labels) - 1) for state in cell.put_out()
            ]
            positions += [(x, top + row) for x, row in _positions(cell)]
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


def _positions(cell):
    """Returns a pair `(column, row)` for the two inputs, blocks and output."""
    rows = [0] * cells.NUM_INPUTS
    for block in cell.blocks:
        rows.append(1 + max(rows[state] for state, _ in block.sides))
    rows.append(max(rows) + 1)
    placed = [0] * len(rows)
    positions = []
    for row in rows:
        count = rows.count(row)
        column = placed[row] - (count - 1) / 2
        placed[row] += 1
        positions.append((1.3 * column, 1.6 * row))
    return positions


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
