"""Exported files, and what TensorFlow finds in them."""

import zipfile

import keras
import numpy as np
import pytest

from nas_tf import registry
from nas_tf.specs.tree import NAS_CELL
from nas_tf.train import serving
from nas_tf.train.raw_model import raw_model

tf = pytest.importorskip("tensorflow")


def saved(model, task, folder):
    """Returns the model that takes raw inputs, and its SavedModel."""
    raw = raw_model(model, task)
    serving.save(raw, folder, task.class_names)
    return raw, tf.saved_model.load(str(folder / serving.SAVED_MODEL))


def test_a_classifier_takes_pictures_and_names_its_classes(tmp_path):
    task = registry.make("tasks", "digits")
    space = registry.make("spaces", "conv(num_layers=1, num_filters=(4,))")
    keras.utils.set_random_seed(0)
    spec = space.decode((0,) * len(space.decisions))
    raw, served = saved(space.build(spec, task), task, tmp_path)
    pictures = task.raw("test")[0][:3]
    np.testing.assert_allclose(
        served.serve(pictures), raw.predict_on_batch(pictures), atol=1e-6
    )
    names = [name.decode() for name in served.class_names().numpy()]
    assert names == list("0123456789")
    with zipfile.ZipFile(tmp_path / serving.KERAS_FILE) as file:
        assert file.read(serving.NAMES).decode().split() == names
    loaded = keras.models.load_model(tmp_path / serving.KERAS_FILE)
    np.testing.assert_array_equal(
        loaded.predict_on_batch(pictures), raw.predict_on_batch(pictures)
    )


def test_a_language_model_reads_lines_and_reads_on(tmp_path):
    task = registry.make("tasks", "pydoc_topics(valid_tokens=300)")
    space = registry.make("spaces", "tree(units=5, num_layers=2)")
    keras.utils.set_random_seed(0)
    model = space.build(NAS_CELL, task)
    raw, served = saved(model, task, tmp_path)
    lines = task.raw("valid")[0][:2]
    probabilities = served.serve(tf.constant(lines))
    np.testing.assert_allclose(
        probabilities, raw.predict_on_batch(lines), atol=1e-6
    )
    tokens = served.encode(tf.constant(lines))
    np.testing.assert_allclose(probabilities, model(tokens), atol=1e-6)
    states = model.initial_states(2)
    for part in (tokens[:, :3], tokens[:, 3:]):
        outputs = served.advance(part, *states)
        states = [outputs[f"state_{i}"] for i in range(len(states))]
    np.testing.assert_allclose(
        tf.nn.softmax(outputs["logits"]), probabilities[:, 3:], atol=1e-6
    )
    assert len(served.class_names()) == task.num_outputs
