"""The space of Keras's own recurrent cells."""

import types

import keras
import numpy as np
import pytest

from nas_tf import registry
from nas_tf.applications.published import PUBLISHED
from nas_tf.errors import UsageError
from nas_tf.specs.choices import Choices
from nas_tf.train import architectures

TEXT = types.SimpleNamespace(
    kind="language_model", input_shape=(5,), num_outputs=11
)
LAYERS = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}


def small(**options):
    options = {"units": 4, **options}
    skeleton = registry.render("language_model", options)
    return registry.make("spaces", f"recurrent(skeleton={skeleton!r})")


@pytest.mark.parametrize("cell", LAYERS)
def test_a_cell_is_kerass_own_layer(cell):
    space = small(num_layers=3, init_range=0.3, recurrent_dropout=0.2)
    model = space.build(Choices(("cell",), (cell,)), TEXT)
    assert len(model.recurrent) == 3
    for layer in model.recurrent:
        assert type(layer) is LAYERS[cell]
        assert layer.recurrent_dropout == 0.2
        for weight in (layer.cell.kernel, layer.cell.recurrent_kernel):
            values = keras.ops.convert_to_numpy(weight)
            assert 0.2 < abs(values).max() <= 0.3
    assert model(np.zeros((2, 5), "int32")).shape == (2, 5, 11)


@pytest.mark.parametrize("cell", LAYERS)
def test_units_follow_from_the_parameters(cell):
    space = small(units=None, params=20_000)
    task = registry.make("tasks", "pydoc_topics(max_words=100)")
    spec = Choices(("cell",), (cell,))
    model = space.build(spec, task)
    assert model.count_params() == pytest.approx(20_000, rel=0.03)
    assert model.count_params() == space.cost(spec, task).params


@pytest.mark.parametrize("cell", LAYERS)
def test_a_cell_has_a_published_name(cell):
    found = architectures.find(cell)
    assert found.space.describe(found.specs[0][1]) == f"cell {cell}"
    assert PUBLISHED[cell][1] == found.specs[0][1]
    call = "recurrent(skeleton='language_model(units=3)')"
    found = architectures.find(cell, call)
    assert found.space.network.units == 3


def test_another_cell_is_refused():
    with pytest.raises(UsageError, match="lstm, gru. Received: 'rnn'"):
        small().read_spec({"choices": [["cell", "rnn"]]})
