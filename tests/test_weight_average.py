"""Averages of weights: what they are, and that the training is untouched."""

import keras
import numpy as np
import pytest

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.training import fit as training
from nas_tf.training.batches import weighted
from nas_tf.training.lessons.classification import Classification
from tests import on_backends

STEPS = 6


def fit(ema_momentum, on_epoch=None):
    """Trains for some epochs of one step each; returns model and history."""
    keras.utils.clear_session()
    model = on_backends.with_weights(on_backends.make_classifier())
    history = training.fit(
        model,
        Classification(),
        optimizer=keras.optimizers.SGD(0.5, momentum=0.5),
        batches=lambda epoch: [on_backends.pictures(8, seed=epoch)],
        num_epochs=STEPS,
        validation=weighted(*on_backends.pictures(21, seed=99)),
        ema_momentum=ema_momentum,
        on_epoch=on_epoch and (lambda epoch, logs: on_epoch(model)),
    )
    return model, history


@pytest.fixture(scope="module")
def plain():
    """The weights before the training and after each step; the history."""
    start = on_backends.with_weights(on_backends.make_classifier())
    steps = [start.get_weights()]
    _, history = fit(0.0, lambda model: steps.append(model.get_weights()))
    return steps, history


# With the larger one, no step reaches it.
@pytest.mark.parametrize("momentum", [0.3, 0.99])
def test_averages_are_as_by_hand(plain, momentum):
    steps, expected = plain
    averages, *later = steps
    wanted = []
    for n, weights in enumerate(later, 1):
        kept = min(momentum, n / (9 + n))
        averages = [
            kept * average + (1 - kept) * weight
            for average, weight in zip(averages, weights, strict=True)
        ]
        wanted.append(averages)
    seen = []
    model, history = fit(momentum, lambda model: seen.append(model))
    for found, value in zip(model.get_weights(), averages, strict=True):
        np.testing.assert_allclose(found, value, rtol=1e-4, atol=1e-5)
    # The training itself goes on from the weights.
    for name in ("loss", "accuracy"):
        np.testing.assert_allclose(history[name], expected[name], rtol=1e-4)
    # Validation has the averages, moving statistics among them.
    lesson = Classification()
    data = weighted(*on_backends.pictures(21, seed=99))
    for averages, loss in zip(wanted, history["val_loss"], strict=True):
        model.set_weights(averages)
        found = training.evaluate(model, lesson, data)["loss"]
        assert found == pytest.approx(loss, rel=1e-4)
    assert history["val_loss"] != expected["val_loss"]


@pytest.mark.parametrize("momentum", [-0.1, 1.0, "0.9", None])
def test_momentum_is_checked(momentum):
    with pytest.raises(UsageError, match="`ema_momentum`"):
        registry.make("tasks", f"digits(ema_momentum={momentum!r})")
