"""Cells of images, as plain data (Zoph et al. 2018, NASNet, section 3).

A cell reads two states: state 0 is the output of the cell before it, state 1
that of the cell before that one. Each of its B blocks makes one state more, 2
to B + 1, out of two earlier ones: each is operated on, and the two results are
combined. The cell's output is a concatenation of states.
"""

import dataclasses

from nas_tf.checks import is_whole
from nas_tf.errors import UsageError

IDENTITY = "identity"
CONV_1X1 = "conv_1x1"
CONV_3X3 = "conv_3x3"
CONV_1X3_3X1 = "conv_1x3_3x1"
CONV_1X7_7X1 = "conv_1x7_7x1"
DILATED_3X3 = "dilated_conv_3x3"
AVG_POOL_3X3 = "avg_pool_3x3"
MAX_POOL_3X3 = "max_pool_3x3"
MAX_POOL_5X5 = "max_pool_5x5"
MAX_POOL_7X7 = "max_pool_7x7"
SEPARABLE_3X3 = "separable_conv_3x3"
SEPARABLE_5X5 = "separable_conv_5x5"
SEPARABLE_7X7 = "separable_conv_7x7"

# In the order of the paper's list (section 3).
OPERATIONS = (
    IDENTITY,
    CONV_1X3_3X1,
    CONV_1X7_7X1,
    DILATED_3X3,
    AVG_POOL_3X3,
    MAX_POOL_3X3,
    MAX_POOL_5X5,
    MAX_POOL_7X7,
    CONV_1X1,
    CONV_3X3,
    SEPARABLE_3X3,
    SEPARABLE_5X5,
    SEPARABLE_7X7,
)
# Height and width of the windows of poolings and separable convolutions.
WINDOWS = {
    AVG_POOL_3X3: 3,
    MAX_POOL_3X3: 3,
    MAX_POOL_5X5: 5,
    MAX_POOL_7X7: 7,
    SEPARABLE_3X3: 3,
    SEPARABLE_5X5: 5,
    SEPARABLE_7X7: 7,
}
MAX_POOLS = (MAX_POOL_3X3, MAX_POOL_5X5, MAX_POOL_7X7)
SEPARABLES = (SEPARABLE_3X3, SEPARABLE_5X5, SEPARABLE_7X7)

ADD = "add"
CONCAT = "concat"
ADD_LAYER_NORM = "add_layer_norm"
ADD_INSTANCE_NORM = "add_instance_norm"
# NASNet-A has the first two. The spaces of NASNet-B and C also have the sum
# followed by layer or by instance normalization.
COMBINATIONS = (ADD, CONCAT, ADD_LAYER_NORM, ADD_INSTANCE_NORM)

NUM_INPUTS = 2


@dataclasses.dataclass(frozen=True)
class Block:
    """Two operations and how their results are combined.

    Attributes:
        left: Number of the state that is read on the left.
        left_operation: One of `OPERATIONS`.
        right: Number of the state that is read on the right.
        right_operation: One of `OPERATIONS`.
        combination: One of `COMBINATIONS`. Default: "add".
    """

    left: int
    left_operation: str
    right: int
    right_operation: str
    combination: str = ADD

    @property
    def sides(self):
        """The left and the right pair `(state, operation)`."""
        return (
            (self.left, self.left_operation),
            (self.right, self.right_operation),
        )

    def __str__(self):
        left, right = (f"{name}({state})" for state, name in self.sides)
        if self.combination == ADD:
            return f"{left} + {right}"
        return f"{self.combination}({left}, {right})"


@dataclasses.dataclass(frozen=True)
class ImageCell:
    """A cell.

    Attributes:
        blocks: Tuple of `Block`, at least one. Block i (from 0) makes state
            i + 2.
        outputs: Tuple of different states that are concatenated, in this
            order; or None (default) for the states of all blocks that no
            block reads. The published networks also put out states that are
            read.

    Raises:
        UsageError: If the values do not describe such a cell.
    """

    blocks: tuple
    outputs: tuple | None = None

    def __post_init__(self):
        if not self.blocks:
            raise UsageError("Expected at least one block. Received: none")
        for number, block in enumerate(self.blocks):
            _check_block(number, block)
        if self.outputs is None:
            return
        count = NUM_INPUTS + len(self.blocks)
        good = self.outputs and len(set(self.outputs)) == len(self.outputs)
        good = good and all(
            is_whole(state, 0) and state < count for state in self.outputs
        )
        if not good:
            raise UsageError(
                f"Expected as outputs of a cell different states from 0 to "
                f"{count - 1}. Received: {self.outputs}"
            )

    def put_out(self):
        """Returns the tuple of states that make up the cell's output."""
        if self.outputs is not None:
            return self.outputs
        read = {state for block in self.blocks for state, _ in block.sides}
        made = range(NUM_INPUTS, NUM_INPUTS + len(self.blocks))
        return tuple(state for state in made if state not in read)

    def describe(self):
        """Returns one line with each state and the output."""
        states = [
            f"{number}: {block}"
            for number, block in enumerate(self.blocks, NUM_INPUTS)
        ]
        outputs = ",".join(map(str, self.put_out()))
        return "; ".join([*states, f"out: {outputs}"])

    def to_json(self):
        return {
            "blocks": [
                [*block.sides[0], *block.sides[1], block.combination]
                for block in self.blocks
            ],
            "outputs": None if self.outputs is None else list(self.outputs),
        }

    @classmethod
    def from_json(cls, record):
        """Returns the cell that `to_json` wrote, or raises `UsageError`."""
        try:
            blocks = tuple(Block(*block) for block in record["blocks"])
            outputs = record["outputs"]
            return cls(blocks, None if outputs is None else tuple(outputs))
        except (KeyError, TypeError) as error:
            raise UsageError(
                f"Expected a cell of images with blocks and outputs. "
                f"Received: {record!r:.60} ({error})"
            ) from None


def _check_block(number, block):
    for state, operation in block.sides:
        if not is_whole(state, 0) or state >= NUM_INPUTS + number:
            raise UsageError(
                f"Expected block {number} to read states from 0 to "
                f"{NUM_INPUTS + number - 1}. Received: {state!r:.60}"
            )
        if operation not in OPERATIONS:
            raise UsageError(
                f"Expected an operation of {', '.join(OPERATIONS)}. "
                f"Received: {operation!r:.60}"
            )
    if block.combination not in COMBINATIONS:
        raise UsageError(
            f"Expected a combination of {', '.join(COMBINATIONS)}. "
            f"Received: {block.combination!r:.60}"
        )
