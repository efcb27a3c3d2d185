import pytest

from nas_tf.errors import UsageError
from nas_tf.specs import image_cell as cells
from nas_tf.specs.image_cell import Block
from nas_tf.specs.image_cell import ImageCell

CELL = ImageCell(
    (
        Block(0, cells.SEPARABLE_3X3, 1, cells.IDENTITY),
        Block(2, cells.MAX_POOL_3X3, 2, cells.CONV_1X1, cells.CONCAT),
        Block(0, cells.IDENTITY, 1, cells.AVG_POOL_3X3),
    )
)


def test_states_that_no_block_reads_are_put_out():
    assert CELL.put_out() == (3, 4)


def test_other_outputs_can_be_said():
    assert ImageCell(CELL.blocks, (1, 4, 2)).put_out() == (1, 4, 2)


def test_description():
    assert CELL.describe() == (
        "2: separable_conv_3x3(0) + identity(1); "
        "3: concat(max_pool_3x3(2), conv_1x1(2)); "
        "4: identity(0) + avg_pool_3x3(1); out: 3,4"
    )


@pytest.mark.parametrize("outputs", [None, (1, 3)])
def test_json_round_trip(outputs):
    cell = ImageCell(CELL.blocks, outputs)
    assert ImageCell.from_json(cell.to_json()) == cell


def test_there_are_thirteen_operations():
    assert len(set(cells.OPERATIONS)) == 13


@pytest.mark.parametrize(
    "block, words",
    [
        ([0, "identity", 2, "identity", "add"], "states from 0 to 1"),
        ([-1, "identity", 0, "identity", "add"], "states from 0 to 1"),
        ([True, "identity", 0, "identity", "add"], "states from 0 to 1"),
        ([0.0, "identity", 0, "identity", "add"], "states from 0 to 1"),
        ([0, "conv", 1, "identity", "add"], "an operation of identity"),
        ([0, ["identity"], 1, "identity", "add"], "an operation of identity"),
        ([0, "identity", 1, "identity", "sum"], "a combination of add"),
        ([0, "identity", 1], "Expected a cell of images"),
        (3, "Expected a cell of images"),
    ],
)
def test_bad_blocks_are_one_line(block, words):
    with pytest.raises(UsageError, match=words):
        ImageCell.from_json({"blocks": [block], "outputs": None})


@pytest.mark.parametrize(
    "record",
    [
        {"blocks": [], "outputs": None},
        {"blocks": [[0, "identity", 1, "identity", "add"]], "outputs": [3]},
        {"blocks": [[0, "identity", 1, "identity", "add"]], "outputs": []},
        {"blocks": [[0, "identity", 1, "identity", "add"]], "outputs": [0, 0]},
        {"blocks": [[0, "identity", 1, "identity", "add"]], "outputs": 5},
        {"blocks": 7},
        [],
        None,
    ],
)
def test_bad_cells_are_one_line(record):
    with pytest.raises(UsageError, match="Expected"):
        ImageCell.from_json(record)
