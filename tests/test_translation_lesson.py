import keras
import numpy as np
import pytest

from nas_tf.errors import UsageError
from nas_tf.training.lessons.translation import Translation


class Fixed(keras.Model):
    """Returns given logits."""

    def __init__(self, logits):
        super().__init__()
        self.logits = logits

    def call(self, inputs, training=False):
        return keras.ops.convert_to_tensor(self.logits)


@pytest.fixture(scope="module")
def batch():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(2, 3, 5)).astype("float32")
    y = np.array([[4, 3, 0], [1, 2, 3]], "int32")
    tokens = np.ones((2, 3), "int32")
    log_probs = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    nats = -np.take_along_axis(log_probs, y[:, :, None], -1)[:, :, 0]
    return Fixed(logits), ((tokens, tokens), y), nats, -log_probs.mean(-1)


def numbers(tensors):
    return [keras.ops.convert_to_numpy(tensor) for tensor in tensors]


def test_nats_of_subwords_that_count(batch):
    model, data, nats, _ = batch
    total = nats[data[1] > 0].sum()
    lesson = Translation()
    loss, figures, states = lesson.learn(model, data, ())
    loss, figures = numbers([loss, figures])
    np.testing.assert_allclose(loss, total / 2, rtol=1e-6)
    assert states == ()
    np.testing.assert_allclose(lesson.summarise(figures, 1), total / 5)
    sums, count, _ = lesson.score(model, data, ())
    sums, count = numbers([sums, count])
    np.testing.assert_allclose(lesson.summarise(sums, count), total / 5)


def test_smoothing_spreads_a_share_over_the_vocabulary(batch):
    model, data, nats, even = batch
    counts = data[1] > 0
    wanted = (0.8 * nats + 0.2 * even)[counts].sum() / 2
    lesson = Translation(label_smoothing=0.2)
    loss, figures, _ = lesson.learn(model, data, ())
    loss, figures = numbers([loss, figures])
    np.testing.assert_allclose(loss, wanted, rtol=1e-6)
    # What people see is not smoothed.
    np.testing.assert_allclose(
        lesson.summarise(figures, 1), nats[counts].mean(), rtol=1e-6
    )
    with pytest.raises(UsageError, match=r"label_smoothing.*Received: 1"):
        Translation(label_smoothing=1)
