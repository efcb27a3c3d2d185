"""Lines of text become numbers within a model as tasks number them."""

import keras
import numpy as np
import pytest

from nas_tf.children import texts
from nas_tf.tasks import _symbols

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="Keras splits strings by TensorFlow",
)

LINES = ["the cat saw", "", "a   cat\tsat <eos> the", "Über 9 \u3042"]


def numbered(vocabulary, level, path):
    model = texts.numbering(
        vocabulary, level, _symbols.EOS, _symbols.UNKNOWN, _symbols.SPACE
    )
    model.save(path)
    return keras.models.load_model(path)


@pytest.mark.parametrize("level", _symbols.LEVELS)
def test_numbers_are_those_of_a_task(level, tmp_path):
    texts_of = {"train": LINES, "valid": ["a dog"], "test": ["the end"]}
    streams, vocabulary = _symbols.encode(texts_of, level)
    model = numbered(vocabulary, level, tmp_path / "model.keras")
    lines = texts_of["train"] + texts_of["valid"] + texts_of["test"]
    lines = [_symbols.tidy(line, level) for line in lines]
    found = model.predict_on_batch(np.array(lines, object))
    end = vocabulary.index(_symbols.EOS)
    wanted = np.concatenate([streams[s] for s in ("train", "valid", "test")])
    place = 0
    for line, row in zip(lines, found):
        length = sum(1 for _ in _symbols.symbols([line], level))
        assert row[0] == end
        expected = wanted[place : place + length]
        np.testing.assert_array_equal(row[1:length], expected[:-1])
        assert (row[length:] == end).all()
        place += length
    assert place == len(wanted)


def test_unknown_words_without_a_symbol_for_them(tmp_path):
    """The rarest word of the vocabulary takes its place."""
    model = numbered(["the", "<eos>", "cat"], "word", tmp_path / "m.keras")
    found = model.predict_on_batch(np.array(["the dog"], object))
    assert found.tolist() == [[1, 0, 2]]


def test_characters_may_hold_several_lines(tmp_path):
    vocabulary = ["_", "a", "<eos>", "<unk>"]
    model = numbered(vocabulary, "character", tmp_path / "m.keras")
    found = model.predict_on_batch(np.array(["a _\na<"], object))
    assert found.tolist() == [[2, 1, 0, 0, 2, 1, 3]]


def test_words_of_keras_cannot_be_numbered():
    assert texts.can_number(["a", "<unk>"])
    assert not texts.can_number(["a", "[UNK]"])
