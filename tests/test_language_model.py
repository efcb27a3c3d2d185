import os
import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import ops

from nas_tf.children.language_model import LanguageModel
from nas_tf.errors import UsageError

ROOT = pathlib.Path(__file__).parent.parent
SYMBOLS = 11


def lstm(units=4, kind=keras.layers.LSTM, **options):
    return kind(units, return_sequences=True, return_state=True, **options)


def two_layers(**options):
    return LanguageModel([lstm(), lstm()], SYMBOLS, **options)


def text(rows=3, steps=6, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(SYMBOLS, size=(rows, steps)).astype("int32")


def array(tensor):
    return ops.convert_to_numpy(tensor)


@keras.saving.register_keras_serializable(package="tests")
class Echo(keras.layers.RNN):
    """A layer that returns its input, so that masks are visible."""

    def __init__(self, units, **options):
        cell = keras.layers.SimpleRNNCell(units)
        super().__init__(
            cell, return_sequences=True, return_state=True, **options
        )

    def call(self, sequences, initial_state=None, mask=None, training=False):
        return sequences, sequences[:, -1]


@pytest.mark.parametrize("shared", [False, True])
def test_probabilities_sum_to_one(shared):
    model = two_layers(shared_embeddings=shared, init_range=1.0)
    out = array(model(text()))
    assert out.shape == (3, 6, SYMBOLS)
    np.testing.assert_allclose(out.sum(-1), 1, rtol=1e-5)
    logits, _ = model.advance(text(), model.initial_states(3))
    np.testing.assert_allclose(out, array(ops.softmax(logits)), rtol=1e-6)


def test_a_factor_of_outputs_is_one_of_what_reads_them():
    """The same model, with larger matrices instead of larger outputs."""
    model = two_layers(init_range=1.0)
    config = {**model.get_config(), "output_scale": 4.0}
    large = LanguageModel.from_config(config)
    assert large.get_config()["output_scale"] == 4.0
    large.set_weights(model.get_weights())
    for matrix in (large.recurrent[1].cell.kernel, large._softmax_kernel):
        matrix.assign(array(matrix) / 4)
    np.testing.assert_allclose(array(large(text())), array(model(text())), 1e-5)


@pytest.mark.parametrize(
    "layers, count",
    [
        (lambda: [lstm(), lstm(6)], 4),
        (lambda: [lstm(kind=keras.layers.GRU), lstm()], 3),
        (lambda: [lstm(kind=keras.layers.SimpleRNN)], 1),
        (lambda: [lstm(), lstm(3, kind=keras.layers.GRU), lstm()], 5),
    ],
)
def test_reading_on_is_reading_at_once(layers, count):
    model = LanguageModel(layers(), SYMBOLS, embedding_size=5, init_range=1.0)
    tokens = text()
    states = model.initial_states(3)
    assert len(states) == count
    assert all((array(state) == 0).all() for state in states)
    whole, last = model.advance(tokens, states)
    first, states = model.advance(tokens[:, :4], states)
    second, states = model.advance(tokens[:, 4:], states)
    halves = np.concatenate([array(first), array(second)], 1)
    np.testing.assert_allclose(halves, array(whole), atol=1e-6)
    assert len(states) == len(last) == count
    for a, b in zip(states, last):
        np.testing.assert_allclose(array(a), array(b), atol=1e-6)
    fresh, _ = model.advance(tokens[:, 4:], model.initial_states(3))
    assert abs(array(fresh) - array(second)).max() > 1e-3


def test_shared_embeddings_are_one_matrix():
    separate = two_layers()
    shared = two_layers(shared_embeddings=True)
    saved = separate.count_params() - shared.count_params()
    assert saved == 4 * SYMBOLS
    [matrix] = [
        w for w in shared.trainable_weights if tuple(w.shape) == (SYMBOLS, 4)
    ]
    states = shared.initial_states(3)
    before, _ = shared.advance(text(), states)
    # All embeddings are dropped, so the logits are 0.
    matrix.assign(np.zeros((SYMBOLS, 4)))
    after, _ = shared.advance(text(), states)
    assert abs(array(before)).max() > 0
    np.testing.assert_array_equal(array(after), 0)


def test_weights_begin_in_their_range():
    model = LanguageModel(
        [lstm(64)], 200, embedding_size=50, init_range=0.02, seed=1
    )
    shapes = {}
    for weight in model.trainable_weights:
        shapes[tuple(weight.shape)] = array(weight)
    for shape in ((200, 50), (64, 200)):
        assert 0.0198 < shapes[shape].max() <= 0.02
        assert -0.0198 > shapes[shape].min() >= -0.02
        assert abs(shapes[shape].mean()) < 0.001
    assert (shapes[(200,)] == 0).all()


def test_a_seed_decides_weights_and_masks():
    def logits(seed, global_seed):
        keras.utils.set_random_seed(global_seed)
        model = LanguageModel(
            [Echo(4)],
            SYMBOLS,
            embedding_dropout=0.2,
            input_dropout=0.2,
            output_dropout=0.2,
            seed=seed,
        )
        states = model.initial_states(8)
        return array(model.advance(text(8), states, training=True)[0])

    np.testing.assert_array_equal(logits(1, 3), logits(1, 4))
    np.testing.assert_array_equal(logits(None, 3), logits(None, 3))
    assert (logits(1, 3) != logits(2, 3)).any()
    assert (logits(None, 3) != logits(None, 4)).any()


def test_nothing_is_dropped_but_in_training():
    model = two_layers(
        embedding_dropout=0.5, input_dropout=0.5, output_dropout=0.5
    )
    np.testing.assert_array_equal(array(model(text())), array(model(text())))


@pytest.mark.parametrize(
    "rates, values",
    [
        ({"input_dropout": 0.5}, {0.0, 4.0}),
        ({"output_dropout": 0.5}, {0.0, 2.0}),
        ({"input_dropout": 0.5, "output_dropout": 0.5}, {0.0, 8.0}),
    ],
)
def test_masks_are_one_for_all_steps_and_one_a_sequence(rates, values):
    keras.utils.set_random_seed(0)
    units = 8
    model = LanguageModel([Echo(units), Echo(units)], units, **rates)
    embedding = model.get_layer("embedding").embeddings
    embedding.assign(np.ones((units, units)))
    # The logits are the inputs of the softmax.
    [kernel] = [w for w in model.weights if w.name == "softmax_kernel"]
    kernel.assign(np.eye(units))
    tokens = np.zeros((30, 5), "int32")
    logits, _ = model.advance(tokens, model.initial_states(30), training=True)
    logits = array(logits)
    assert set(np.unique(logits)) == values
    np.testing.assert_array_equal(logits, logits[:, :1] + 0 * logits)
    assert len(np.unique(logits[:, 0], axis=0)) > 8


@pytest.mark.slow
@pytest.mark.parametrize("shared", [True, False])
def test_gradients_reach_every_weight_by_fit(shared):
    keras.utils.set_random_seed(0)
    model = two_layers(
        shared_embeddings=shared,
        embedding_dropout=0.1,
        input_dropout=0.1,
        output_dropout=0.1,
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    before = [array(w).copy() for w in model.trainable_weights]
    inputs = np.arange(64).reshape(8, 8).astype("int32") % SYMBOLS
    history = model.fit(inputs, inputs, epochs=30, batch_size=3, verbose=0)
    losses = history.history["loss"]
    assert losses[-1] < losses[0]
    for weight, old in zip(model.trainable_weights, before):
        assert (array(weight) != old).any(), weight.path
    predicted = model.predict(inputs, verbose=0)
    np.testing.assert_allclose(predicted, array(model(inputs)), atol=1e-6)


LOAD = """
import sys
import keras
import numpy as np
import nas_tf.children.language_model
model = keras.models.load_model(sys.argv[1])
tokens = np.load(sys.argv[2])
np.save(sys.argv[3], keras.ops.convert_to_numpy(model(tokens)))
"""


@pytest.mark.slow
def test_saved_model_loads_in_another_process(tmp_path):
    model = LanguageModel(
        [lstm(recurrent_dropout=0.2), lstm(5)],
        SYMBOLS,
        embedding_size=3,
        embedding_dropout=0.1,
        input_dropout=0.2,
        output_dropout=0.3,
        init_range=1.0,
        seed=4,
    )
    paths = [tmp_path / name for name in ("m.keras", "in.npy", "out.npy")]
    model.save(paths[0])
    np.save(paths[1], text())
    path = [str(ROOT), *filter(None, sys.path)]
    subprocess.run(
        [sys.executable, "-c", LOAD, *map(str, paths)],
        check=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
        capture_output=True,
    )
    np.testing.assert_allclose(
        np.load(paths[2]), array(model(text())), atol=1e-6
    )


@pytest.mark.parametrize("shared", [False, True])
def test_configuration_round_trip(shared):
    model = two_layers(shared_embeddings=shared, output_dropout=0.25)
    same = LanguageModel.from_config(model.get_config())
    assert same.get_config() == model.get_config()
    assert same.count_params() == model.count_params()


def test_what_cannot_be_is_refused():
    with pytest.raises(UsageError, match="size of the last layer.*4.*: 3"):
        two_layers(shared_embeddings=True, embedding_size=3)
    with pytest.raises(UsageError, match="return_state"):
        LanguageModel([keras.layers.LSTM(4, return_sequences=True)], SYMBOLS)
