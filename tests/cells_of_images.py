"""Random cells of images for tests."""

from nas_tf.specs import image_cell as cells
from nas_tf.specs.image_cell import Block
from nas_tf.specs.image_cell import ImageCell


def random_cell(rng, num_blocks, combinations=cells.COMBINATIONS):
    """Returns an `ImageCell`; half of them say what they put out.

    Args:
        rng: NumPy random generator.
        num_blocks: Number of blocks.
        combinations: Choices of combinations.
    """
    blocks = []
    for number in range(num_blocks):
        left, right = rng.integers(cells.NUM_INPUTS + number, size=2).tolist()
        first, second = rng.choice(cells.OPERATIONS, 2).tolist()
        combination = str(rng.choice(combinations))
        blocks.append(Block(left, first, right, second, combination))
    outputs = None
    if rng.random() < 0.5:
        states = cells.NUM_INPUTS + num_blocks
        count = int(rng.integers(1, states + 1))
        outputs = tuple(rng.permutation(states)[:count].tolist())
    return ImageCell(tuple(blocks), outputs)
