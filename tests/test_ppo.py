import numpy as np
import pytest
import tensorflow as tf

from nas_tf.errors import UsageError
from nas_tf.strategies.ppo import PPO
from tests import toy
from tests.strategies import flat
from tests.strategies import of_controller
from tests.strategies import spread_out
from tests.strategies import trial

SPACE = toy.ToySpace()
EVERYTHING = np.array(SPACE.all_actions())
REWARDS = np.array([toy.toy_reward(row) for row in EVERYTHING])


def started(**options):
    plainly = {"moves": 0.0, "distinct": False}
    strategy = of_controller(PPO, **{**plainly, **options})
    spread_out(strategy, 5)
    return strategy


def log_probs_of(strategy):
    log_probs = strategy.controller.call(EVERYTHING, SPACE.decisions)
    return tf.reduce_sum(log_probs, axis=1)


def exact_gradient(strategy):
    """Returns the gradient of the expected reward, by enumeration."""
    with tf.GradientTape() as tape:
        probabilities = tf.exp(log_probs_of(strategy))
        expected = tf.reduce_sum(probabilities * REWARDS.astype(np.float32))
    weights = strategy.controller.trainable_variables
    return flat(tape.gradient(expected, weights))


def mean_step(strategy, drawn_with):
    """Returns how far a step of rate 1 moves the weights on average.

    Args:
        strategy: Started `PPO`.
        drawn_with: `[N]` log-probabilities, those everything is drawn with.
    """
    weights = strategy.controller.get_weights()
    mean = np.zeros_like(flat(weights))
    for row, reward, log_prob in zip(EVERYTHING, REWARDS, drawn_with):
        strategy.controller.set_weights(weights)
        strategy.average.value = 0.3
        strategy.variance.value = 1.0
        strategy.update([trial(row, reward, log_prob=log_prob)])
        moved = flat(strategy.controller.get_weights()) - flat(weights)
        mean += np.exp(log_prob) * moved
    strategy.controller.set_weights(weights)
    return mean


def test_a_first_step_on_fresh_samples_is_that_of_reinforce():
    strategy = started(plain=True, epochs=1, entropy_weight=0.0)
    exact = exact_gradient(strategy)
    step = mean_step(strategy, log_probs_of(strategy).numpy())
    assert abs(exact).max() > 1e-3
    np.testing.assert_allclose(step, exact, atol=2e-6)


def test_samples_of_an_older_policy_are_weighed_for_it():
    strategy = started(plain=True, epochs=1, entropy_weight=0.0, clip=1e6)
    old = log_probs_of(strategy).numpy()
    rng = np.random.default_rng(0)
    for variable in strategy.controller.trainable_variables:
        change = rng.normal(0, 0.3, variable.shape).astype(np.float32)
        variable.assign(variable + change)
    assert abs(log_probs_of(strategy).numpy() - old).max() > 0.3
    exact = exact_gradient(strategy)
    np.testing.assert_allclose(mean_step(strategy, old), exact, atol=5e-6)


def test_the_journal_has_the_probability_it_wants():
    strategy = started()
    [sample] = strategy.propose(1, len(SPACE.decisions), seed=3)
    place = SPACE.all_actions().index(sample.actions)
    scored = float(log_probs_of(strategy)[place])
    assert sample.log_prob == pytest.approx(scored, abs=1e-5)


def test_inert_decisions_are_no_part_of_the_ratio(monkeypatch):
    active = np.array([True, False, True, True, True])
    monkeypatch.setattr(toy.ToySpace, "active", lambda *_: active)
    strategy = started(epochs=1)
    strategy.average.value = 0.0
    [sample] = strategy.propose(1, len(SPACE.decisions), seed=3)
    scalars = strategy.update(
        [trial(sample.actions, 1.0, log_prob=sample.log_prob)]
    )
    # The loss is minus the ratio, but for the small bonus of entropy.
    assert scalars["controller/loss"] == pytest.approx(-1, abs=1e-3)


def test_what_was_no_sample_counts_once_before_the_first_step(monkeypatch):
    # The journal's probability is not the one it was proposed with.
    strategy = started(epochs=1)
    monkeypatch.setattr(strategy, "distinct", True)
    strategy.average.value = 0.0
    row = EVERYTHING[100]
    scalars = strategy.update([trial(row, 1.0, log_prob=-9.0)])
    assert scalars["controller/loss"] == pytest.approx(-1, abs=1e-3)


def gained(**options):
    """Returns by how much an update raises a good sample's log-probability."""
    strategy = started(**options)
    strategy.average.value = 0.0
    before = log_probs_of(strategy).numpy()[100]
    strategy.update([trial(EVERYTHING[100], 1.0, log_prob=before)])
    return log_probs_of(strategy).numpy()[100] - before


def test_epochs_are_steps_that_end_at_the_clip():
    # Adam's moments of earlier steps still have an effect.
    many = {"epochs": 20, "learning_rate": 0.0005}
    one = gained(epochs=1, learning_rate=0.0005)
    assert 0 < one < gained(**many, clip=0.2) < 0.5 * gained(**many, clip=1e6)


def test_each_epoch_counts_as_a_step():
    strategy = started(epochs=3)
    strategy.update([trial(EVERYTHING[0], 1.0, log_prob=-3.0)])
    assert int(strategy.optimizer.iterations) == 3


def test_entropy_bonus_raises_entropy():
    strategy = started(entropy_weight=1.0)
    # Of two equal children one is good and one is bad.
    rows = [
        trial(row, reward, i, log_prob=-5.0)
        for i, row in enumerate(EVERYTHING[:8])
        for reward in (0.4, 0.6)
    ]
    first = strategy.update(rows)
    for _ in range(10):
        last = strategy.update(rows)
    assert last["entropy/op"] > first["entropy/op"]


@pytest.mark.parametrize(
    "options",
    [
        {"clip": 0},
        {"clip": True},
        {"epochs": 0},
        {"epochs": 2, "accumulate": 2},
        {"learning_rate": -1},
        {"entropy_weight": -1},
    ],
)
def test_bad_options_are_refused(options):
    with pytest.raises(UsageError, match="Received"):
        PPO(**options)


def test_accumulates_with_one_epoch():
    strategy = started(epochs=1, accumulate=2)
    before = flat(strategy.controller.get_weights())
    strategy.average.value = 0.0
    for is_last in (False, True):
        strategy.update([trial(EVERYTHING[0], 1.0, log_prob=-5.0)])
        after = flat(strategy.controller.get_weights())
        assert (before != after).any() == is_last
