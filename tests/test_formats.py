"""Exported models in further formats: ONNX, TFLite, TFLite of 8 bits.

The files are opened by their own libraries in a process without this package.
Writing and opening them takes 10 to 30 seconds, so these tests are slow.
"""

import importlib.util

import keras
import numpy as np
import PIL.Image
import pytest

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.tasks import arrays
from nas_tf.tasks.digits import Digits
from nas_tf.train import formats
from nas_tf.train.formats import _scores
from nas_tf.train.raw_model import raw_model
from tests.forked import command

ALL = ("onnx", "tflite", "tflite_int8")


@pytest.fixture
def libraries():
    for name in ("tf2onnx", "onnxruntime", "ai_edge_litert"):
        pytest.importorskip(name)


def child(space, task, epochs=1):
    """Returns a child of random decisions, trained a little."""
    space = registry.make("spaces", space)
    rng = np.random.default_rng(0)
    actions = [decision.random(rng) for decision in space.decisions]
    keras.utils.set_random_seed(0)
    model = space.build(space.decode(actions), task)
    if epochs:
        # The statistics of batch normalization are then no longer 0 and 1.
        task.in_full(epochs).fit(model, 0)
    return model


def exported(task, model, folder, wanted=ALL):
    """Writes a raw model and the formats; returns what a process finds."""
    raw = raw_model(model, task)
    raw.save(folder / "model.keras")
    formats.check(wanted, task)
    formats.write(wanted, raw, task, folder)
    return _scores.compare(wanted, raw, task, folder, "test")


def test_formats_are_found_by_their_names():
    assert formats.names() == ["onnx", "tflite", "tflite_int8"]


@pytest.mark.parametrize(
    "wanted, said",
    [
        (["onxx"], "Unknown format of --export 'onxx'. Did you mean 'onnx'?"),
        (["tflite_int8", "pt"], "Unknown format of --export 'pt'. There is: "),
    ],
)
def test_an_unknown_name_is_told(wanted, said):
    with pytest.raises(UsageError) as told:
        formats.check(wanted, Digits())
    assert str(told.value).startswith(said)


def test_a_missing_library_is_told_with_its_extra(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UsageError) as told:
        formats.check(["onnx"], Digits())
    assert "pip install tf2onnx onnx onnxruntime" in str(told.value)
    assert str(told.value).startswith("Expected tf2onnx and onnxruntime for")


def test_texts_have_no_tflite():
    with pytest.raises(UsageError) as told:
        formats.check(["tflite"], registry.make("tasks", "pydoc_topics"))
    assert "texts of any length" in str(told.value)
    assert str(told.value).endswith("there is --export=onnx")


def test_columns_of_strings_are_told():
    names = np.array(["red", "blue"] * 20)
    task = arrays.from_data(({"colour": names}, np.arange(40) % 2))
    with pytest.raises(UsageError) as told:
        formats.check(["onnx"], task)
    assert "Received: strings in colour." in str(told.value)


def test_other_backends_are_told(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(UsageError) as told:
        formats.check(["onnx"], Digits())
    assert str(told.value).startswith("Expected KERAS_BACKEND=tensorflow for")
    formats.check([], Digits())


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """A network of upsampled pictures, and what is found in its files."""
    folder = tmp_path_factory.mktemp("pictures")
    task = Digits(augment=True, epochs=1)
    model = child("conv(num_layers=2, num_filters=(4, 8))", task)
    return task, model, folder, exported(task, model, folder)


@pytest.mark.slow
def test_files_score_as_the_model_on_raw_pictures(libraries, pictures):
    task, model, folder, found = pictures
    wanted = task.evaluate(model, "test")["accuracy"]
    assert list(found) == [
        "model.onnx",
        "model.tflite",
        "model_int8.tflite",
    ]
    for name in ("model.onnx", "model.tflite"):
        assert found[name]["scores"]["accuracy"] == pytest.approx(wanted)
        assert found[name]["difference"] < 1e-5
        assert found[name]["bytes"] == (folder / name).stat().st_size
    rounded = found["model_int8.tflite"]
    assert 1e-5 < rounded["difference"] < 0.2
    assert rounded["scores"]["accuracy"] == pytest.approx(wanted, abs=0.1)
    assert found["model.onnx"]["input"] == "`inputs`: uint8 [B, any, any, 1]"
    assert rounded["input"] == "`inputs`: uint8 [B, 8, 8, 1]"
    assert formats.in_folder(folder) == list(ALL)
    assert formats.in_folder(folder / "nothing") == []
    text = "\n".join(formats.lines(found, "accuracy"))
    assert f"| `model.onnx` | {found['model.onnx']['bytes']:,} |" in text
    said = formats.line(rounded, task)
    assert f"{rounded['scores']['accuracy']:.2%}; outputs differ" in said


@pytest.mark.slow
def test_a_file_of_another_model_is_refused(libraries, pictures):
    task, model, folder, _ = pictures
    other = keras.models.clone_model(model)
    raw_model(other, task).save(folder / "model.keras")
    with pytest.raises(UsageError) as told:
        _scores.compare(["onnx"], raw_model(other, task), task, folder, "test")
    assert str(told.value).startswith("Expected model.onnx to have the outputs")


@pytest.mark.slow
def test_photographs_of_different_sizes(libraries, tmp_path):
    rng = np.random.default_rng(0)
    for number in range(24):
        folder = tmp_path / "photos" / ("ab"[number % 2])
        folder.mkdir(parents=True, exist_ok=True)
        size = [(20, 30), (16, 16), (40, 25)][number % 3]
        image = rng.integers(0, 256, (*size, 3), np.uint8)
        PIL.Image.fromarray(image).save(folder / f"{number}.png")
    task = registry.make(
        "tasks",
        f"image_folder(path='{tmp_path / 'photos'}', image_size=16, "
        f"batch_size=4, augment=False)",
    )
    model = child("conv(num_layers=1, num_filters=(4,))", task)
    found = exported(task, model, tmp_path)
    assert found["model.onnx"]["difference"] < 1e-5
    assert found["model.tflite"]["difference"] < 1e-5
    assert found["model.tflite"]["input"] == "`inputs`: uint8 [B, 16, 16, 3]"


@pytest.mark.slow
def test_several_inputs_and_numbers_to_predict(libraries, tmp_path):
    rng = np.random.default_rng(0)
    x = {
        "left side": rng.normal(size=(60, 3)).astype(np.float32),
        "right": rng.normal(size=(60, 2, 2)).astype(np.float32),
    }
    y = x["left side"].sum(axis=1)
    task = arrays.from_data((x, y), batch_size=8)
    inputs = {
        name: keras.Input(shape, name=name.replace(" ", "_"))
        for name, (shape, _) in task.inputs.items()
    }
    flat = [keras.layers.Flatten()(x) for x in inputs.values()]
    outputs = keras.layers.Dense(1)(keras.layers.Concatenate()(flat))
    model = keras.Model(inputs, outputs)
    found = exported(task, model, tmp_path, ("onnx", "tflite"))
    for facts in found.values():
        assert facts["difference"] < 1e-5
        assert facts["input"] == (
            "`inputs_0` (left side): float32 [B, 3]; "
            "`inputs_1` (right): float32 [B, 2, 2]"
        )


@pytest.mark.slow
def test_a_language_model_takes_numbers_of_symbols(libraries, tmp_path):
    task = registry.make(
        "tasks", "pydoc_topics(train_tokens=10500, valid_tokens=2000)"
    )
    space = "tree(base=2, skeleton='language_model(units=8)')"
    model = child(space, task, epochs=0)
    found = exported(task, model, tmp_path, ("onnx",))
    assert found["model.onnx"]["input"] == "`inputs`: int32 [B, any]"
    assert found["model.onnx"]["scores"] is None
    assert found["model.onnx"]["difference"] < 1e-6


def test_a_difference_is_told_in_words():
    facts = {"scores": None, "difference": 0.0123}
    assert formats.line(facts, Digits()) == (
        "outputs differ from model.keras by up to 0.012"
    )


@pytest.mark.slow
def test_mistakes_are_told_before_anything_is_trained(tmp_path):
    done = command(
        "nas_tf.train",
        "--architecture=nas_conv_v1",
        "--task=digits",
        "--export=onnx,onxx",
        f"--output={tmp_path / 'out'}",
    )
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith(
        "error: Unknown format of --export 'onxx'."
    )
    assert not (tmp_path / "out").exists()
