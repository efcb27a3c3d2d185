"""A process without this package answers for exported files."""

import keras
import numpy as np
import pytest

from nas_tf.children.language_model import LanguageModel
from nas_tf.children.reader import from_zeros
from nas_tf.children.reader import reader
from nas_tf.errors import UsageError
from nas_tf.layers.tree_cell import TreeCell
from nas_tf.layers.tree_rnn import TreeRNN
from nas_tf.train import elsewhere
from nas_tf.train import serving
from nas_tf.train import stranger
from tests import trees


def two_inputs():
    parts = {name: keras.Input((2,), name=name) for name in ("a", "b")}
    return keras.Model(parts, keras.layers.Subtract()(list(parts.values())))


def trees_of_cells():
    cell = TreeCell(trees.EXAMPLE, 3)
    layer = TreeRNN(cell, return_sequences=True, return_state=True)
    return from_zeros(reader(LanguageModel([layer], 7)))


def test_a_file_names_the_modules_it_needs(tmp_path):
    two_inputs().save(tmp_path / "own.keras")
    assert elsewhere.imports_of(tmp_path / "own.keras") == ()
    trees_of_cells().save(tmp_path / "trees.keras")
    assert elsewhere.imports_of(tmp_path / "trees.keras") == ("nas_tf",)
    (tmp_path / "broken.keras").write_bytes(b"PK")
    assert elsewhere.imports_of(tmp_path / "broken.keras") == ()


@pytest.mark.slow
def test_answers_are_those_of_the_model(tmp_path):
    model = two_inputs()
    serving.save(model, tmp_path)
    inputs = {
        "a": np.ones((3, 2), np.float32),
        "b": np.arange(6, dtype=np.float32).reshape(3, 2),
    }
    with elsewhere.opened(tmp_path) as process:
        for name in ("saved_model", "model.keras"):
            if (tmp_path / name).exists():
                [found] = process.predict(name, inputs)
                np.testing.assert_array_equal(found, 1 - inputs["b"])
        with pytest.raises(UsageError, match="Received: absent.keras: .*file"):
            process.predict("absent.keras", inputs)


@pytest.mark.slow
def test_the_end_of_the_process_is_told_in_one_line(tmp_path, monkeypatch):
    script = tmp_path / "script.py"
    script.write_text("import sys; sys.exit('out of\\nmemory')")
    monkeypatch.setattr(stranger, "__file__", str(script))
    with elsewhere.opened(tmp_path) as process:
        for _ in range(2):
            with pytest.raises(UsageError, match="ended with 1: memory$"):
                process.predict("model.keras", np.ones(1_000_000))


@pytest.mark.slow
def test_layers_of_this_package_are_imported_where_they_are_needed(tmp_path):
    model = trees_of_cells()
    serving.save(model, tmp_path)
    tokens = np.array([[0, 1, 2, 3]], np.int32)
    nats = -np.log(np.asarray(model(tokens))[0, [0, 1, 2], [1, 2, 3]])
    with elsewhere.opened(tmp_path) as process:
        assert process.imports == ("nas_tf",)
        for name in ("saved_model", "model.keras"):
            if (tmp_path / name).exists():
                found = process.nats(name, tokens)
                np.testing.assert_allclose(found, nats, rtol=1e-5)


@pytest.mark.slow
def test_a_file_without_its_module_is_refused(tmp_path, monkeypatch):
    serving.save(trees_of_cells(), tmp_path)
    monkeypatch.setattr(elsewhere, "imports_of", lambda path: ())
    tokens = np.array([[0, 1]], np.int32)
    with (
        elsewhere.opened(tmp_path) as process,
        pytest.raises(UsageError, match="could not be deserialized") as told,
    ):
        process.predict("model.keras", tokens)
    assert "\n" not in str(told.value)
