"""The translator: attention, states, padding, and what is saved."""

import keras
import numpy as np
import pytest
from keras import ops

from nas_tf.children.translator import Translator
from nas_tf.errors import UsageError
from tests import translators
from tests.translators import sentences

# Cells of all kinds, and residual connections.
ENCODER = ("lstm", "lstm", "nascell", "gru")
DECODER = ("lstm", "nascell", "gru")


@pytest.fixture(scope="module")
def model():
    return translators.translator(ENCODER, DECODER, dropout=0.5)


@pytest.fixture(scope="module")
def read(model):
    """The log-probabilities of `sentences`."""
    return translators.log_probs(model, *sentences())


def test_padding_changes_nothing(model, read):
    source, target = sentences()
    longer = translators.log_probs(
        model, translators.padded(source), translators.padded(target)
    )
    np.testing.assert_allclose(longer[:, :5], read, atol=1e-5)
    # A sentence alone, without any.
    alone = translators.log_probs(model, source[2:, :1], target[2:])
    np.testing.assert_allclose(alone, read[2:], atol=1e-5)


def test_steps_are_those_of_the_whole_translation(model, read):
    source, target = sentences()
    state = model.encode(source)
    for number in range(5):
        found, state = model.step(target[:, number], state)
        np.testing.assert_allclose(
            ops.convert_to_numpy(found), read[:, number], atol=1e-5
        )


def test_attention_sums_to_1_and_is_0_on_padding(model):
    source, target = sentences()
    weights = ops.convert_to_numpy(model.alignments((source, target)))
    assert weights.shape == (3, 5, 5)
    np.testing.assert_allclose(weights.sum(axis=-1), 1, atol=1e-6)
    masked = np.broadcast_to((source == 0)[:, None], weights.shape)
    assert (weights[masked] == 0).all()
    # It follows what is written.
    assert np.ptp(weights[0], axis=0).max() > 1e-5


def test_upper_layers_read_the_lowest_layers_context_of_the_same_step(model):
    source, target = sentences()
    memory, moving = model.encode(source)
    below, contexts, _ = model._bottom(target, memory, moving, False)
    weights = ops.convert_to_numpy(model.alignments((source, target)))
    expected = weights @ ops.convert_to_numpy(memory["values"])
    contexts = ops.convert_to_numpy(contexts)
    np.testing.assert_allclose(contexts, expected, atol=1e-5)
    # Another context in one step changes that step and those after it.
    other = contexts.copy()
    other[:, 2] += 1
    before, after = (
        ops.convert_to_numpy(
            model._upper(below, ops.convert_to_tensor(read), moving, False)
        )
        for read in (contexts, other)
    )
    changed = np.abs(before - after).max(axis=(0, 2)) > 1e-4
    assert changed.tolist() == [False, False, True, True, True]


def test_the_decoder_starts_from_the_encoders_states_of_as_many_layers(model):
    _, (context, *moving) = model.encode(sentences()[0])
    assert not ops.convert_to_numpy(context).any()
    # Of an LSTM, NASCell and a GRU.
    assert len(moving) == 5
    assert all(ops.convert_to_numpy(state).any() for state in moving)
    fewer = translators.translator(("lstm",) * 2, ("lstm",) * 2)
    _, moving = fewer.encode(sentences()[0])
    assert not any(ops.convert_to_numpy(state).any() for state in moving)


def test_dropout_is_that_of_training(model, read):
    logits = model(sentences(), training=True)
    found = ops.convert_to_numpy(ops.log_softmax(logits))
    assert np.isfinite(found).all()
    assert np.abs(found - read).max() > 0.01


def test_a_saved_model_is_the_same(model, read, tmp_path):
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert type(again) is Translator
    assert again.dropout == 0.5
    found = translators.log_probs(again, *sentences())
    np.testing.assert_allclose(found, read, atol=1e-6)


def halve(*matrices, first=0):
    for matrix in matrices:
        value = keras.ops.convert_to_numpy(matrix).copy()
        value[first:] /= 2
        matrix.assign(value)


def test_a_factor_of_outputs_is_one_of_what_reads_them(model, read):
    """The same model, with larger matrices instead of larger outputs."""
    config = {**model.get_config(), "output_scale": 2.0}
    large = Translator.from_config(config)
    large.set_weights(model.get_weights())
    halve(*(layer.cell.kernel for layer in large.encoder[2:]))
    halve(*(layer.cell.kernel for layer in large.decoder[1:]))
    halve(large.decoder[0].cell.kernel, first=large.embedding_size)
    halve(*(w for w in large.attention.weights if "_kernel" in w.path))
    halve(*(w for w in large.weights if "softmax" in w.path))
    found = translators.log_probs(large, *sentences())
    np.testing.assert_allclose(found, read, atol=1e-5)


def test_layers_of_different_sizes_are_refused():
    layers = [translators.layer("gru", size) for size in (3, 3, 4)]
    with pytest.raises(UsageError, match="of one size. .*2 and 1 .*[3, 4]"):
        Translator(layers[:2], layers[2:], 7)
