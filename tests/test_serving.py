"""Exported models, loaded from their files and scored."""

import keras
import numpy as np
import pytest

from nas_tf import registry
from nas_tf.specs.tree import NAS_CELL
from nas_tf.train import serving


def test_a_classifier_scores_from_its_files_as_before(tmp_path):
    task = registry.make("tasks", "digits")
    space = registry.make("spaces", "conv(num_layers=1, num_filters=(4,))")
    keras.utils.set_random_seed(0)
    spec = space.decode((0,) * len(space.decisions))
    model = space.build(spec, task)
    serving.save(model, tmp_path)
    found = serving.scores(tmp_path, task, "valid")
    assert set(found) == {"model.keras", "saved_model"}
    for scores in found.values():
        assert scores == pytest.approx(task.evaluate(model, "valid"), abs=1e-6)


def test_a_served_language_model_reads_on(tmp_path):
    """Its text is scored as the model's, although cut into windows."""
    task = registry.make("tasks", "pydoc_topics(valid_tokens=300)")
    space = registry.make("spaces", "tree(units=5, num_layers=2)")
    keras.utils.set_random_seed(0)
    model = space.build(NAS_CELL, task)
    serving.save(model, tmp_path)
    wanted = task.evaluate(model, "valid")
    found = serving.scores(tmp_path, task, "valid")
    assert set(found) == {"model.keras", "saved_model"}
    for scores in found.values():
        assert scores == pytest.approx(wanted, rel=1e-6)

    import tensorflow as tf

    served = tf.saved_model.load(str(tmp_path / "saved_model"))
    tokens = np.arange(12, dtype=np.int32).reshape(2, 6)
    np.testing.assert_allclose(served.serve(tokens), model(tokens), atol=1e-6)
