"""The convolutional networks of Pham et al. 2018, as plain data.

They are those of the scripts in the authors' repository melodyguan/enas.
"""

from nas_tf.specs import image_cell as cells
from nas_tf.specs.enas_macro import CONV_5X5
from nas_tf.specs.enas_macro import MacroSpec
from nas_tf.specs.enas_stack import loose_ends
from nas_tf.specs.image_cell import Block
from nas_tf.specs.image_cell import ImageCell
from nas_tf.specs.nasnet import NASNetSpec

# In the order of the authors' numbers.
MICRO_OPERATIONS = (
    cells.SEPARABLE_3X3,
    cells.SEPARABLE_5X5,
    cells.AVG_POOL_3X3,
    cells.MAX_POOL_3X3,
    cells.IDENTITY,
)


def _cell(numbers):
    """Returns the cell of the authors' numbers.

    They are an input and an operation for the left, then for the right side
    of each block. Input 0 is the cell before last there, and state 1 here.
    """
    numbers = [int(number) for number in numbers.split()]
    blocks = []
    for start in range(0, len(numbers), 4):
        left, first, right, second = numbers[start : start + 4]
        blocks.append(
            Block(
                _state(left),
                MICRO_OPERATIONS[first],
                _state(right),
                MICRO_OPERATIONS[second],
            )
        )
    return ImageCell(tuple(blocks), loose_ends(blocks))


def _state(number):
    return 1 - number if number < cells.NUM_INPUTS else number


# Of scripts/cifar10_micro_final.sh.
ENAS_MICRO = NASNetSpec(
    normal=_cell("0 2 0 0 0 4 0 1 0 4 1 1 1 0 0 1 0 2 1 1"),
    reduction=_cell("1 0 1 0 0 3 0 2 1 1 3 1 1 0 0 4 0 3 1 1"),
)


def _network(lines):
    """Returns the network of the authors' numbers.

    For each layer they are an operation and a 0 or 1 for each node that may
    have a skip connection to it.
    """
    operations, skips = [], []
    for line in lines.strip().splitlines():
        operation, *bits = map(int, line.split())
        operations.append(_BUILT[operation])
        skips.append(tuple(node for node, bit in enumerate(bits) if bit))
    return MacroSpec(tuple(operations), tuple(skips))


# Where a separable convolution was found, the code that trains the winner from
# scratch has a plain one of the same size.
_BUILT = (cells.CONV_3X3, cells.CONV_3X3, CONV_5X5, CONV_5X5)

# Of scripts/cifar10_macro_final.sh.
ENAS_MACRO = _network("""
0
3 0
0 1 0
2 0 0 1
2 0 0 0 0
3 1 1 0 1 0
2 0 0 0 0 0 1
2 0 1 1 0 1 1 1
1 0 1 1 1 0 1 0 1
0 0 0 0 0 0 0 0 0 0
2 0 0 0 0 0 1 0 0 0 0
0 1 0 0 1 1 0 0 0 0 1 1
2 0 1 0 0 0 0 0 1 0 1 1 0
1 0 0 1 0 0 0 1 1 1 0 1 0 1
0 1 1 0 1 0 1 0 0 0 0 0 1 0 0
2 0 0 1 0 0 0 0 0 0 0 1 0 1 0 1
2 0 1 0 0 0 1 0 0 1 1 1 1 0 0 1 0
2 0 0 0 0 1 0 1 0 1 0 0 1 0 1 0 0 1
3 0 1 1 0 1 0 0 0 0 0 1 0 1 0 1 0 0 0
3 0 1 1 0 0 0 0 0 0 0 0 0 1 1 0 0 0 0 1
0 1 0 0 1 0 1 1 0 0 0 1 0 0 0 0 0 1 1 0 0
3 0 1 0 1 1 0 0 1 0 1 1 0 1 1 0 1 0 0 1 0 0
0 1 0 1 0 1 0 0 0 0 0 0 0 0 1 0 1 0 0 1 0 0 0
0 1 1 0 0 0 1 1 1 0 1 0 0 0 1 0 1 0 0 1 1 0 0 0
""")
