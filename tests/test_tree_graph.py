"""The picture of a cell."""

import io

import numpy as np
from hypothesis import given
from hypothesis import settings
from PIL import Image

from nas_tf import drawing
from tests.trees import specs


@given(specs())
def test_every_step_of_the_picture_is_there_once(spec):
    graph = spec.graph()
    count = len(graph.labels)
    assert len(graph.positions) == len(set(graph.positions)) == count
    assert all(a < b < count for a, b in graph.edges)
    # Nodes, the injection and its c, new c and new h.
    assert count == len(spec.nodes) + 4
    assert len(graph.edges) == 2 * (spec.base - 1) + 4
    lines = {" ".join(label.split()) for label in graph.labels}
    assert "c" in lines
    assert lines - {"c"} == {
        f"{name} = {value}"
        if activation == "identity"
        else f"{name} = {activation} of {value}"
        for name, activation, value in spec.steps()
    }
    reads = {graph.labels[b] for a, b in graph.edges if graph.labels[a] == "c"}
    [joined] = reads
    assert joined.startswith(f"a{spec.inject_index}' =")


@given(specs())
def test_arrows_lead_down_or_aside_and_do_not_cross_boxes(spec):
    graph = spec.graph()
    places = graph.positions
    for a, b in graph.edges:
        (left, top), (right, bottom) = places[a], places[b]
        assert top < bottom or graph.labels[a] == "c"
        for label, (column, row) in zip(graph.labels, places):
            if top < row < bottom:
                share = (row - top) / (bottom - top)
                passed = left + share * (right - left)
                # A box is less than a column wide, that of c much less.
                assert abs(passed - column) >= (0.2 if label == "c" else 0.5)


@given(specs(max_base=5))
@settings(max_examples=5, deadline=None)
def test_a_picture_has_blank_margins(spec):
    file = io.BytesIO()
    drawing.draw(spec.graph(), file)
    with Image.open(file) as picture:
        pixels = np.array(picture.convert("L"))
    border = [pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]
    assert (np.concatenate(border) == 255).all()
    assert (pixels < 255).any()
