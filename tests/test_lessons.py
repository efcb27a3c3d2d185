"""Engines work with any lesson, also with ones that are not built in."""

import keras
import numpy as np
import pytest

from nas_tf.training import fit as training
from nas_tf.training.batches import weighted
from nas_tf.training.lessons.base import count_examples
from nas_tf.training.lessons.classification import Classification
from tests.toy_lessons import Masked

RATE = 0.1


def make_batch(seed, rows=5, steps=4):
    rng = np.random.default_rng(seed)
    inputs = {
        "x": rng.normal(size=(rows, steps, 3)).astype(np.float32),
        "mask": rng.random((rows, steps)) < np.linspace(0.2, 1, rows)[:, None],
    }
    return inputs, rng.normal(size=(rows, steps)).astype(np.float32)


def make_model():
    return keras.Sequential([keras.Input((None, 3)), keras.layers.Dense(1)])


def by_hand(weights, batch):
    """Returns the mean error of the items that count, and its gradients."""
    kernel, bias = weights
    x, y = batch[0]["x"][batch[0]["mask"]], batch[1][batch[0]["mask"]]
    errors = x @ kernel[:, 0] + bias[0] - y
    slopes = 2 * errors / len(y)
    gradients = [(x.T @ slopes)[:, None], slopes.sum(keepdims=True)]
    return (errors**2).mean(), gradients


@pytest.mark.parametrize("prefetch", [False, True])
def test_a_lesson_of_ones_own_is_taught_as_by_hand(prefetch):
    keras.utils.set_random_seed(1)
    model = make_model()
    weights = model.get_weights()
    losses = []
    for number in range(3):
        loss, gradients = by_hand(weights, make_batch(number))
        losses.append(loss)
        weights = [w - RATE * g for w, g in zip(weights, gradients)]
    held_out = [make_batch(7), make_batch(8)]
    history = training.fit(
        model,
        Masked(),
        optimizer=keras.optimizers.SGD(RATE),
        batches=lambda epoch: map(make_batch, range(3)),
        num_epochs=1,
        validation=held_out,
        prefetch=prefetch,
    )
    assert list(history) == ["loss", "batches", "val_loss", "val_batches"]
    for found, wanted in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_allclose(found, wanted, atol=1e-5)
    np.testing.assert_allclose(history["loss"], [np.mean(losses)], rtol=1e-4)
    # States count the batches: 1, 2, 3 in training, anew in validation.
    np.testing.assert_allclose(history["batches"], [2.0], rtol=1e-5)
    counts = [batch[0]["mask"].sum() for batch in held_out]
    sums = [by_hand(weights, b)[0] * n for b, n in zip(held_out, counts)]
    wanted = sum(sums) / sum(counts)
    np.testing.assert_allclose(history["val_loss"], [wanted], rtol=1e-4)
    wanted = (counts[0] + 2 * counts[1]) / sum(counts)
    np.testing.assert_allclose(history["val_batches"], [wanted], rtol=1e-5)


def test_by_default_a_batch_counts_by_its_examples():
    [batch] = weighted(np.zeros((6, 2)), np.zeros(6))
    lesson = Classification()
    assert count_examples(batch) == lesson.size(batch) == 6
    assert lesson.start(None, 6) == ()
