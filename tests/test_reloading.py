"""Exported files are scored on raw inputs."""

import keras
import numpy as np
import pytest

from nas_tf.errors import UsageError
from nas_tf.tasks import digits
from nas_tf.train import reloading


def sizes(batches):
    return [np.shape(inputs)[:2] for inputs, _ in batches]


def test_pictures_of_one_size_are_one_batch():
    pictures = [np.full((1 + i % 3, 2, 1), i) for i in range(300)]
    batches = list(reloading.batches_of(pictures, np.arange(300)))
    assert sizes(batches) == [
        *((86, 1), (85, 2), (85, 3)),
        *((15, 2), (15, 3), (14, 1)),
    ]
    for inputs, targets in batches:
        np.testing.assert_array_equal(inputs[:, 0, 0, 0], targets)


def test_several_inputs_and_targets_stay_together():
    inputs = {"a": np.arange(600), "b": np.arange(600) * 2}
    targets = (np.arange(600), np.arange(600) * 3)
    batches = list(reloading.batches_of(inputs, targets))
    assert [len(t[0]) for _, t in batches] == [256, 256, 88]
    for found, (first, second) in batches:
        np.testing.assert_array_equal(found["b"], first * 2)
        np.testing.assert_array_equal(second, found["a"] * 3)


def test_strings_are_batches_too():
    lines = np.array(["a", "b c"], object)
    [(inputs, targets)] = reloading.batches_of(lines, np.eye(2))
    assert inputs.tolist() == ["a", "b c"] and inputs.dtype == object
    np.testing.assert_array_equal(targets, np.eye(2))


class Opened:
    """A process whose files have the outputs of a model, and a bit more."""

    def __init__(self, model, more):
        self.model, self.more = model, more

    def predict(self, name, inputs):
        return [self.model.predict_on_batch(inputs) + self.more]


def test_outputs_of_one_score_are_compared_too():
    task = digits.Digits()
    pictures = keras.Input((8, 8, 1), dtype="float32")
    x = keras.layers.Flatten()(pictures)
    x = keras.layers.Dense(10, "softmax")(x)
    model = keras.Model(pictures, x)
    scores = [
        reloading._scores(Opened(model, more), "file", model, task, "test")
        for more in (0, 1e-6)
    ]
    assert scores[0]["accuracy"] == scores[1]["accuracy"]
    # The likeliest class stays the same.
    other = Opened(model, 0.01)
    with pytest.raises(UsageError, match="reloaded file to have the outputs"):
        reloading._scores(other, "file", model, task, "test")


@pytest.mark.parametrize("wrong", [1.001, np.nan])
def test_other_outputs_are_refused(wrong):
    reloading.check_close("file", np.array([1.0]), np.array([1.000001]))
    with pytest.raises(UsageError, match="reloaded file to have the outputs"):
        reloading.check_close("file", np.array([1.0]), np.array([wrong]))
