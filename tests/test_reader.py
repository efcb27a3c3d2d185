"""A language model's graph computes what the model does."""

import keras
import numpy as np
import pytest

from nas_tf.children import reader as readers
from nas_tf.children.language_model import LanguageModel
from nas_tf.layers.tree_cell import TreeCell
from nas_tf.layers.tree_rnn import TreeRNN
from nas_tf.specs.tree import NAS_CELL
from tests import trees

SYMBOLS = 11
OPTIONS = {"return_sequences": True, "return_state": True}


def lstm(units):
    return keras.layers.LSTM(units, **OPTIONS)


def gru(units):
    return keras.layers.GRU(units, **OPTIONS)


def tree(units):
    return TreeRNN(TreeCell(trees.EXAMPLE, units), **OPTIONS)


def nas_cell(units):
    return TreeRNN(TreeCell(NAS_CELL, units), **OPTIONS)


def tokens():
    rng = np.random.default_rng(0)
    return rng.integers(SYMBOLS, size=(3, 7)).astype("int32")


def close(found, wanted):
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(found),
        keras.ops.convert_to_numpy(wanted),
        atol=1e-6,
    )


@pytest.fixture(
    params=[
        ([lstm], {}),
        ([lstm, gru], {"shared_embeddings": True}),
        ([tree, lstm], {"embedding_size": 5}),
        ([nas_cell], {"input_dropout": 0.5, "embedding_dropout": 0.5}),
        ([nas_cell, lstm], {"output_scale": 3.0}),
    ],
    ids=["lstm", "lstm-gru-shared", "tree-lstm", "nas_cell-dropout", "scaled"],
)
def model(request):
    layers, options = request.param
    keras.utils.set_random_seed(0)
    return LanguageModel(
        [make(4) for make in layers], SYMBOLS, init_range=1.0, **options
    )


def test_a_whole_sequence_from_a_file(model, tmp_path):
    graph = readers.from_zeros(readers.reader(model))
    assert graph.count_params() == model.count_params()
    graph.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    close(loaded(tokens()), model(tokens()))


def test_a_sequence_in_parts(model):
    graph = readers.reader(model)
    states = model.initial_states(3)
    mine, theirs = states, states
    text = keras.ops.convert_to_tensor(tokens())
    for part in (text[:, :3], text[:, 3:]):
        logits, *mine = graph([part, *mine])
        wanted, theirs = model.advance(part, theirs)
        close(logits, wanted)
        for found, state in zip(mine, theirs, strict=True):
            close(found, state)


def test_the_graph_of_an_lstm_is_of_keras_alone():
    model = LanguageModel([lstm(4)], SYMBOLS, shared_embeddings=True)
    for layer in readers.reader(model).layers:
        assert type(layer).__module__.startswith("keras."), layer
