"""How large the outputs of a cell are with its initial weights."""

import keras
import numpy as np
import pytest

from nas_tf.children.output_scale import output_scale


class Multiple(keras.layers.Layer):
    """A cell whose output is its input times a number."""

    def __init__(self, factor, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor
        self.state_size = self.output_size = 5

    def call(self, inputs, states, training=False):
        return inputs * self.factor, [inputs]


def scale(factor, deviation=0.5):
    layer = keras.layers.RNN(Multiple(factor))
    return output_scale(layer, 5, input_range=1.0, deviation=deviation)


def test_outputs_get_the_deviation():
    # Uniform numbers in [-1, 1] have the deviation 0.577.
    assert scale(1.0) == pytest.approx(0.5 * np.sqrt(3), abs=0.01)
    assert scale(0.1) == pytest.approx(5 * np.sqrt(3), abs=0.1)
    assert scale(1.0, 1.0) == pytest.approx(np.sqrt(3), abs=0.1)


@pytest.mark.parametrize(
    ("factor", "found"), [(1e-6, 10), (1e6, 0.1), (0.0, 1), (np.inf, 1)]
)
def test_cells_that_vanish_or_explode_have_a_factor_too(factor, found):
    assert scale(factor) == found
