"""One layer of a convolutional network: its text and its limits."""

import pytest

from nas_tf.errors import UsageError
from nas_tf.specs.conv_layer import Layer
from nas_tf.specs.conv_layer import check_layer


@pytest.mark.parametrize(
    "layer, text",
    [
        (Layer((0,), (3, 5), 24), "3x5, 24"),
        (Layer((0,), (3, 5), 24, (2, 1)), "3x5/2x1, 24"),
        (Layer((0,), (3, 3), None, (2, 2), "max_pool"), "max_pool 3x3/2x2"),
        (Layer((0,), (7, 7), None, (1, 1), "lcn"), "lcn 7x7"),
    ],
)
def test_text_of_a_layer(layer, text):
    check_layer(1, layer)
    assert str(layer) == text


@pytest.mark.parametrize(
    "layer, wanted",
    [
        (Layer((), (3, 3), 4), r"ascending inputs from 0 to 1. Received: \(\)"),
        (Layer((2,), (3, 3), 4), "ascending inputs from 0 to 1"),
        (Layer((1, 0), (3, 3), 4), "ascending inputs from 0 to 1"),
        (Layer((0,), (3,), 4), "two whole numbers from 1 as kernel"),
        (Layer((0,), (3, 0), 4), "two whole numbers from 1 as kernel"),
        (Layer((0,), (3, 3), 4, (1, 0)), "two whole numbers from 1 as strides"),
        (Layer((0,), (3, 3), 4, (1, 1), "dense"), "a kind of"),
        (Layer((0,), (3, 3), None), "filters >= 1. Received: None"),
        (Layer((0,), (3, 3), 4, (1, 1), "lcn"), "no filters. Received: 4"),
    ],
)
def test_impossible_layers_are_refused(layer, wanted):
    with pytest.raises(UsageError, match=f"^Expected layer 2 with {wanted}"):
        check_layer(2, layer)
