import dataclasses
import itertools

import numpy as np
import pytest

from benchmarks.random_cells import random_cell
from nas_tf.specs import image_cell as cells
from nas_tf.specs.image_cell import Block
from nas_tf.specs.image_cell import ImageCell
from nas_tf.specs.image_cell_order import canonical


def rewritten(cell, rng):
    """Returns an equal cell: other order of blocks, operands and outputs."""
    count = len(cell.blocks)
    while True:
        order = rng.permutation(count) + cells.NUM_INPUTS
        numbers = {0: 0, 1: 1}
        numbers.update((int(old), new) for new, old in enumerate(order, 2))
        blocks = []
        for old in order:
            block = cell.blocks[old - 2]
            sides = [(numbers[state], name) for state, name in block.sides]
            if rng.random() < 0.5:
                sides.reverse()
            blocks.append(Block(*sides[0], *sides[1], block.combination))
        if all(
            state < number
            for number, block in enumerate(blocks, 2)
            for state, _ in block.sides
        ):
            break
    outputs = tuple(numbers[state] for state in cell.put_out())
    return ImageCell(tuple(blocks), outputs[::-1])


@pytest.mark.parametrize("seed", range(30))
def test_equal_cells_have_one_form(seed):
    rng = np.random.default_rng(seed)
    cell = random_cell(rng, 1 + seed % 5)
    for _ in range(4):
        assert canonical(rewritten(cell, rng)) == canonical(cell)


@pytest.mark.parametrize("seed", range(30))
def test_a_changed_operation_is_another_cell(seed):
    rng = np.random.default_rng(seed)
    cell = random_cell(rng, 1 + seed % 5)
    number = int(rng.integers(len(cell.blocks)))
    block = cell.blocks[number]
    place = cells.OPERATIONS.index(block.left_operation)
    other = dataclasses.replace(
        block, left_operation=cells.OPERATIONS[place - 1]
    )
    changed = list(cell.blocks)
    changed[number] = other
    before = sorted(name for b in cell.blocks for _, name in b.sides)
    after = sorted(name for b in changed for _, name in b.sides)
    assert before != after
    assert canonical(ImageCell(tuple(changed), cell.outputs)) != canonical(cell)


def test_a_state_read_twice_is_not_two_states():
    pool = (0, cells.AVG_POOL_3X3, 1, cells.IDENTITY)
    once = ImageCell(
        (
            Block(*pool),
            Block(*pool),
            Block(2, cells.CONV_3X3, 2, cells.CONV_3X3),
        ),
        (3, 4),
    )
    twice = ImageCell(
        (
            Block(*pool),
            Block(*pool),
            Block(2, cells.CONV_3X3, 3, cells.CONV_3X3),
        ),
        (3, 4),
    )
    assert canonical(once) != canonical(twice)


def test_forms_are_equal_only_for_cells_that_can_be_rewritten():
    """All cells of two blocks over two operations, compared in pairs."""
    names = (cells.IDENTITY, cells.CONV_1X1)
    firsts = list(itertools.product((0, 1), names, (0, 1), names))
    seconds = list(itertools.product((0, 1, 2), names, (0, 1, 2), names))
    found = {
        ImageCell((Block(*first), Block(*second)), (2, 3))
        for first in firsts
        for second in seconds
    }
    forms = {}
    for cell in found:
        forms.setdefault(canonical(cell), set()).add(cell)
    for equal in forms.values():
        cell = next(iter(equal))
        assert equal == equivalents(cell) & found


def equivalents(cell):
    """Returns all cells of two blocks that are equal to one, by definition."""
    made = set()
    for blocks in ordered(cell.blocks):
        for flips in itertools.product((False, True), repeat=2):
            made.add(
                ImageCell(
                    tuple(
                        Block(*b.sides[flip], *b.sides[not flip])
                        for b, flip in zip(blocks, flips)
                    ),
                    (2, 3),
                )
            )
    return made


def ordered(blocks):
    yield blocks
    # The second block can go first unless it reads the first.
    if all(state < 2 for state, _ in blocks[1].sides):
        yield blocks[::-1]
