"""Texts as numbered symbols, words or characters."""

import numpy as np
import pytest

from nas_tf.tasks import _symbols


def test_words_and_characters_end_with_their_line():
    lines = ["ab  a ", "", " b"]
    assert list(_symbols.symbols(lines, "word")) == (
        ["ab", "a", "<eos>", "<eos>", "b", "<eos>"]
    )
    assert list(_symbols.symbols(lines, "character")) == (
        [*"ab__a", "<eos>", "<eos>", "b", "<eos>"]
    )
    assert _symbols.character_text(["a b", "c"]) == "a _ b \n c \n "


@pytest.mark.parametrize("level", _symbols.LEVELS)
def test_a_tidy_line_means_the_same(level):
    line = "\u3000a  b\u00a0c\td "
    tidy = _symbols.tidy(line, level)
    assert tidy == tidy.strip(" ")
    assert list(_symbols.symbols([tidy], level)) == (
        list(_symbols.symbols([line], level))
    )


def test_vocabulary_is_sorted_by_frequency_then_alphabet():
    texts = {"train": ["b a b c"], "valid": ["a"], "test": ["b", ""]}
    streams, vocabulary = _symbols.encode(texts, "word")
    assert vocabulary == ["b", "<eos>", "a", "c"]
    assert {name: stream.tolist() for name, stream in streams.items()} == {
        "train": [0, 2, 0, 3, 1],
        "valid": [2, 1],
        "test": [0, 1, 1],
    }
    assert streams["train"].dtype == np.int32


@pytest.mark.parametrize("unseen", ["z", "<unk>"])
def test_words_that_training_has_not_are_unknown(unseen):
    texts = {"train": ["b a"], "valid": ["a"], "test": [unseen]}
    streams, vocabulary = _symbols.encode(texts, "word")
    assert vocabulary == ["<eos>", "a", "b", "<unk>"]
    assert streams["test"].tolist() == [3, 0]


def test_max_words_keeps_the_most_frequent():
    lines = ["a b c d", "d c", "<unk> d", "d"]
    texts = {"train": lines, "valid": ["a"], "test": ["c"]}
    streams, vocabulary = _symbols.encode(texts, "word", max_words=2)
    # One unknown word in the text and two that became it.
    assert vocabulary == ["<eos>", "d", "<unk>", "c"]
    assert streams["train"].tolist()[:5] == [2, 2, 3, 1, 0]
    assert streams["valid"].tolist() == [2, 0]
    _, all_words = _symbols.encode(texts, "word", max_words=4)
    assert "<unk>" in all_words and len(all_words) == 6
    texts["train"] = ["b a", "a"]
    texts["test"] = ["b"]
    assert "<unk>" not in _symbols.encode(texts, "word", max_words=2)[1]
