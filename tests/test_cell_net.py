"""The cells of NAS-Bench-201 as data."""

import json

import pytest

from nas_tf import drawing
from nas_tf.errors import UsageError
from nas_tf.specs.cell_net import OPERATIONS
from nas_tf.specs.cell_net import CellSpec


def spec(digits):
    return CellSpec(tuple(OPERATIONS[int(digit)] for digit in digits))


def test_the_description_is_the_benchmarks_own_name():
    # Its architecture number 0.
    assert spec("421211").describe() == (
        "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|"
        "+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|"
    )


def test_edges_lead_from_each_node_to_each_later_one():
    assert list(spec("012341").edges()) == [
        (0, 1, "none"),
        (0, 2, "skip_connect"),
        (1, 2, "nor_conv_1x1"),
        (0, 3, "nor_conv_3x3"),
        (1, 3, "avg_pool_3x3"),
        (2, 3, "skip_connect"),
    ]


def test_the_graph_leaves_out_what_passes_nothing_on():
    graph = spec("301004").graph()
    assert graph.labels == (
        "input",
        "nor_conv_3x3",
        "node 1",
        "skip_connect",
        "node 2",
        "avg_pool_3x3",
        "output",
    )
    assert graph.edges == tuple((i, i + 1) for i in range(6))
    assert len(spec("333333").graph().edges) == 12


@pytest.mark.parametrize("digits", ["013423", "333333", "000000"])
def test_every_graph_can_be_drawn(digits, tmp_path):
    graph = spec(digits).graph()
    assert len(graph.positions) == len(graph.labels)
    drawing.draw(graph, tmp_path / "cell.png")


def test_json_round_trip():
    record = json.loads(json.dumps(spec("013423").to_json()))
    assert CellSpec.from_json(record) == spec("013423")


@pytest.mark.parametrize(
    "make",
    [
        lambda: CellSpec(OPERATIONS),
        lambda: CellSpec(("none",) * 5 + ("max_pool_3x3",)),
        lambda: CellSpec.from_json({"operations": "none"}),
        lambda: CellSpec.from_json({"operations": ["none"] * 6, "more": 1}),
        lambda: CellSpec.from_json(["none"] * 6),
    ],
)
def test_what_is_no_cell_is_refused(make):
    with pytest.raises(UsageError, match="^Expected .*Received: ") as caught:
        make()
    assert "\n" not in str(caught.value)
