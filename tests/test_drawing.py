"""Graphs as figures: nothing is cut off, and dense ones can be followed."""

import numpy as np
import pytest
from PIL import Image

from nas_tf import drawing
from nas_tf import registry
from nas_tf.applications.nas_conv_net import V1
from nas_tf.specs.graph import Graph
from nas_tf.specs.tree import NAS_CELL

V3 = (
    "conv(num_layers=13, block_size=3, num_filters=(6, 12, 24, 36), "
    "pool_after=(13, 24))"
)


def random_graph(call, seed=0):
    space = registry.make("spaces", call)
    rng = np.random.default_rng(seed)
    actions = tuple(decision.random(rng) for decision in space.decisions)
    return space.graph(space.decode(actions))


def texts(figure):
    """Returns the texts of a figure with their extents in pixels."""
    renderer = figure.canvas.get_renderer()
    return [
        (text.get_text(), text.get_window_extent(renderer))
        for text in figure.axes[0].texts
    ]


@pytest.mark.parametrize(
    "graph",
    [
        V1.graph(),
        NAS_CELL.graph(),
        random_graph(V3),
        random_graph("nasbench201"),
        Graph(("a", "b", "c"), ((0, 1), (1, 2), (0, 2)), "a title"),
    ],
    ids=["v1", "nas_cell", "v3", "nasbench201", "small"],
)
def test_every_label_is_whole_and_apart_from_the_others(graph):
    figure = drawing.figure(graph)
    found = texts(figure)
    assert set(graph.labels) <= {label for label, _ in found}
    for label, box in found:
        assert figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1, label
        assert figure.bbox.y0 <= box.y0 and box.y1 <= figure.bbox.y1, label
    boxes = [box for label, box in found if label in graph.labels]
    assert len(boxes) == len(graph.labels)
    for number, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[number + 1 :])


def test_hundreds_of_skips_are_dots_on_lines():
    graph = random_graph(V3)
    skips = {(a, b) for a, b in graph.edges if b - a > 1}
    assert len(skips) > drawing.MAX_ARCS
    axes = drawing.figure(graph).axes[0]
    marked = [line for line in axes.lines if line.get_marker() == "o"]
    # A node's row is found by where its label is.
    rows = {text.get_text(): text.get_position()[1] for text in axes.texts}
    heights = np.array([rows[label] for label in graph.labels])
    sources = sorted({a for a, _ in skips})
    found = {
        (source, int(np.abs(heights - y).argmin()))
        for source, line in zip(sources, marked)
        for y in line.get_ydata()
    }
    assert found == skips


def test_a_few_dozen_skips_are_arcs():
    axes = drawing.figure(V1.graph()).axes[0]
    assert not axes.lines
    labels, edges = V1.graph().labels, V1.graph().edges
    assert len(axes.patches) == len(labels) + len(edges)


def test_drawing_is_as_large_as_it_needs_to_be(tmp_path):
    drawing.draw(V1.graph(), tmp_path / "v1.png")
    small = Graph(("a", "b", "c"), ((0, 1), (1, 2), (0, 2)), "title")
    drawing.draw(small, tmp_path / "small.png")
    with (
        Image.open(tmp_path / "v1.png") as large_picture,
        Image.open(tmp_path / "small.png") as small_picture,
    ):
        assert large_picture.size[1] > 4 * small_picture.size[1]
        # Nothing is cut off: the margins are blank.
        pixels = np.array(large_picture.convert("L"))
    border = np.concatenate(
        [pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]
    )
    assert (border == 255).all()
