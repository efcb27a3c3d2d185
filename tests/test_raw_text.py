"""Lines of a text, and the symbols that an exported model makes of them."""

import keras
import numpy as np
import pytest

from nas_tf.tasks import _symbols
from nas_tf.tasks import text
from tests.test_text_tasks import random_lines
from tests.test_text_tasks import write


@pytest.fixture
def small(tmp_path, monkeypatch):
    """Returns a function that makes a task of a small text."""
    monkeypatch.setenv("NAS_TF_CACHE_DIR", str(tmp_path / "cache"))
    path = write(tmp_path / "small.txt", random_lines(40))

    def make(**options):
        return text.make(path=path, batch_size=3, steps=7, **options)

    return make


@pytest.mark.parametrize("level", _symbols.LEVELS)
def test_raw_lines_have_the_targets_of_the_text(small, level):
    task = small(level=level, valid_tokens=7)
    for split in _symbols.SPLITS:
        lines, targets = task.raw(split)
        assert lines.dtype == object and len(lines) == len(targets)
        np.testing.assert_array_equal(targets[targets >= 0], task.tokens(split))


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="Keras splits strings by TensorFlow",
)
@pytest.mark.parametrize("level", _symbols.LEVELS)
def test_the_model_numbers_raw_lines(small, level):
    task = small(level=level)
    lines, targets = task.raw("test")
    tokens = task.preprocessing().predict_on_batch(lines)
    assert (tokens[:, 0] == task.vocabulary.index(_symbols.EOS)).all()
    later = targets[:, 1:] >= 0
    np.testing.assert_array_equal(tokens[:, 1:][later], targets[:, :-1][later])
    whole = np.array([task.joined(lines)], object)
    tokens = task.preprocessing().predict_on_batch(whole)
    np.testing.assert_array_equal(tokens[0, 1:], task.tokens("test"))
