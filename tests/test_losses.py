import numpy as np
import pytest
import tensorflow as tf

from nas_tf import losses
from nas_tf.losses import clipped_surrogate_loss


def test_reinforce_loss_by_hand():
    log_probs = np.array([[-1.0, -2.0], [-3.0, -0.5]], np.float32)
    advantages = np.array([2.0, -1.0], np.float32)
    # -((-3)(2) + (-3.5)(-1)) / 2 = 1.25
    assert float(losses.reinforce_loss(log_probs, advantages)) == 1.25
    mask = np.array([[1, 0], [1, 1]])
    # -((-1)(2) + (-3.5)(-1)) / 2 = -0.75
    assert float(losses.reinforce_loss(log_probs, advantages, mask)) == -0.75


def test_advantages_are_not_differentiated():
    advantages = tf.Variable([2.0, -1.0])
    with tf.GradientTape() as tape:
        loss = losses.reinforce_loss(tf.constant([[-1.0], [-3.0]]), advantages)
    assert tape.gradient(loss, advantages) is None


def test_clipped_surrogate_loss_by_hand():
    ratios = np.array([1.5, 1.5, 0.5, 0.5, 1.1], np.float32)
    advantages = np.array([2.0, -2.0, 2.0, -2.0, 1.0], np.float32)
    old = np.array([-1.0, -2.0, -3.0, -4.0, -5.0], np.float32)
    # Ratios are held to [0.8, 1.2] where that makes them worth less:
    # (1.2 * 2 - 1.5 * 2 + 0.5 * 2 - 0.8 * 2 + 1.1) / 5 = -0.02
    loss = clipped_surrogate_loss(old + np.log(ratios), old, advantages, 0.2)
    assert float(loss) == pytest.approx(0.02, abs=1e-6)


def test_gradient_is_zero_beyond_the_clip():
    ratios = np.array([1.5, 1.5, 0.5, 0.5], np.float32)
    advantages = np.array([2.0, -2.0, 2.0, -2.0], np.float32)
    new = tf.Variable(np.log(ratios))
    with tf.GradientTape() as tape:
        loss = clipped_surrogate_loss(
            new, np.zeros(4, "float32"), advantages, 0.2
        )
    # Minus ratio times advantage over 4, or nothing.
    expected = [0.0, 0.75, -0.25, 0.0]
    np.testing.assert_allclose(tape.gradient(loss, new), expected, atol=1e-6)


def test_loss_of_a_policy_far_from_the_old_one_is_finite():
    new = tf.Variable([0.0, 0.0, -200.0])
    old = np.array([-200.0, -200.0, 0.0], np.float32)
    advantages = np.array([-1.0, 0.0, 1.0], np.float32)
    with tf.GradientTape() as tape:
        loss = clipped_surrogate_loss(new, old, advantages, 0.2)
    assert np.isfinite(loss)
    assert np.isfinite(tape.gradient(loss, new)).all()


def test_mean_entropy_by_hand():
    entropies = np.array([[1.0, 2.0], [0.5, 0.0]], np.float32)
    assert float(losses.mean_entropy(entropies)) == 1.75
    mask = np.array([[1, 0], [1, 1]])
    assert float(losses.mean_entropy(entropies, mask)) == 0.75


@pytest.mark.parametrize(
    "logit, wanted",
    [(0, 0.020411), (np.log(2 / 3), 0), (2, 0.502624), (60, np.log(2.5))],
)
def test_skip_penalty_by_hand(logit, wanted):
    """Of one choice with probability sigmoid(logit) and the prior 0.4."""
    p = tf.sigmoid(tf.fill((3, 1), float(logit)))
    found = losses.skip_penalty([p], 0.4)
    np.testing.assert_allclose(found, wanted, atol=2e-5)
    # Members are summed, subsets averaged.
    pairs = losses.skip_penalty([tf.concat([p, p], 1), 0.4 + 0 * p], 0.4)
    np.testing.assert_allclose(pairs, wanted, atol=2e-5)
