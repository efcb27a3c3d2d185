import pytest

from nas_tf.errors import UsageError
from nas_tf.specs.nasnet import NASNET_A
from nas_tf.specs.nasnet import NASNetSpec


def test_json_round_trip():
    assert NASNetSpec.from_json(NASNET_A.to_json()) == NASNET_A


def test_graph_has_both_cells():
    graph = NASNET_A.graph()
    count = 2 * (2 + 5 + 1)
    assert len(graph.labels) == len(graph.positions) == count
    assert len(set(graph.positions)) == count
    # Each arrow leads down.
    for start, end in graph.edges:
        assert graph.positions[start][1] < graph.positions[end][1]


def test_lines_have_one_state_each():
    lines = NASNET_A.lines()
    assert lines[0] == "Normal cell"
    assert lines[1].strip() == (
        "2: separable_conv_5x5(0) + separable_conv_3x3(1)"
    )
    assert len(lines) == 2 * (1 + 5 + 1)


@pytest.mark.parametrize(
    "record", [None, [], {}, {"normal": None, "reduction": None}]
)
def test_bad_records_are_one_line(record):
    with pytest.raises(UsageError, match="Expected"):
        NASNetSpec.from_json(record)
