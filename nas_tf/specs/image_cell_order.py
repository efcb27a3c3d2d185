"""The canonical form of a cell of images.

Two cells compute the same functions if they differ only in which operand of a
block is called the left one, and in the order of blocks that do not read each
other. Their canonical forms are equal.
"""

import itertools

from nas_tf.specs.image_cell import NUM_INPUTS


def canonical(cell):
    """Returns a nested tuple that is equal for equal cells.

    The order in which states are put out does not count either, as it only
    orders the filters of the next cell.

    Args:
        cell: `ImageCell`.
    """
    return min(_written(cell, order) for order in _orders(cell))


def _orders(cell):
    """Yields orders of blocks, among them the same ones for equal cells.

    A block is sorted by its depth and by all that leads to it. Only blocks that
    agree in both, such as two that compute the same, are tried in every order.
    """
    meanings = [(0, (0,)), (0, (1,))]
    for block in cell.blocks:
        sides = sorted(
            (meanings[state], operation) for state, operation in block.sides
        )
        depth = 1 + max(meaning[0] for meaning, _ in sides)
        meanings.append((depth, (block.combination, *sides)))
    numbers = range(NUM_INPUTS, len(meanings))
    ranked = sorted(numbers, key=lambda state: _sortable(meanings[state]))
    groups = [
        tuple(group)
        for _, group in itertools.groupby(
            ranked, key=lambda state: meanings[state]
        )
    ]
    for orders in itertools.product(*map(itertools.permutations, groups)):
        yield list(itertools.chain(*orders))


def _sortable(meaning):
    depth, content = meaning
    return depth, repr(content)


def _written(cell, order):
    """Returns the cell with its blocks in an order, as a nested tuple."""
    number_of = {0: 0, 1: 1}
    for number, state in enumerate(order, NUM_INPUTS):
        number_of[state] = number
    blocks = []
    for state in order:
        block = cell.blocks[state - NUM_INPUTS]
        sides = sorted((number_of[s], name) for s, name in block.sides)
        blocks.append((block.combination, *sides))
    outputs = sorted(number_of[state] for state in cell.put_out())
    return tuple(blocks), tuple(outputs)
