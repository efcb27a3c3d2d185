import numpy as np
import pytest
import tensorflow as tf

from nas_tf.errors import UsageError
from nas_tf.strategies.random_search import RandomSearch
from nas_tf.strategies.reinforce import Reinforce
from tests import toy
from tests.strategies import flat
from tests.strategies import made
from tests.strategies import of_controller
from tests.strategies import spread_out
from tests.strategies import trial

SPACE = toy.ToySpace()
LENGTH = len(SPACE.decisions)


def started(**options):
    return of_controller(Reinforce, **{"entropy_weight": 0.0, **options})


def test_updates_average_to_the_exact_gradient():
    # Each of the space's 288 architectures is given to `update` alone, from
    # the same weights, with plain gradient descent of rate 1 in Adam's place:
    # the weights then move by the estimate of the gradient, in units of the
    # spread of rewards so far.
    strategy = started(plain=True)
    controller = strategy.controller
    spread_out(strategy, 10)
    weights = controller.get_weights()
    everything = np.array(SPACE.all_actions())
    rewards = np.array([toy.toy_reward(row) for row in everything])

    with tf.GradientTape() as tape:
        log_probs = controller.call(everything, SPACE.decisions)
        probabilities = tf.exp(tf.reduce_sum(log_probs, axis=1))
        expected_reward = tf.reduce_sum(
            probabilities * rewards.astype(np.float32)
        )
    exact = flat(tape.gradient(expected_reward, controller.trainable_variables))

    estimate = np.zeros_like(exact)
    for row, reward, probability in zip(
        everything, rewards, probabilities.numpy()
    ):
        controller.set_weights(weights)
        strategy.average.value = 0.3
        strategy.variance.value = 0.25
        strategy.update([trial(row, reward)])
        estimate += probability * (
            flat(controller.get_weights()) - flat(weights)
        )
    assert abs(exact).max() > 1e-3
    np.testing.assert_allclose(0.5 * estimate, exact, atol=2e-6)


def test_no_reward_is_in_its_own_baseline(monkeypatch):
    strategy = started(baseline_decay=0.5)
    seen = []
    learn = strategy.learn

    def spy(actions, advantages, mask, bonus):
        seen.append(advantages)
        learn(actions, advantages, mask, bonus)

    monkeypatch.setattr(strategy, "learn", spy)
    rows = SPACE.all_actions()
    strategy.update([trial(rows[0], 1.0), trial(rows[1], 0.4, 1)])
    # Each against the other.
    np.testing.assert_allclose(seen[0], [0.6, -0.6], atol=1e-6)
    # 1.0, then 0.5 * 1.0 + 0.5 * 0.4.
    assert strategy.average.value == pytest.approx(0.7)
    strategy.update([trial(rows[2], 0.5), trial(rows[3], 0.9, 1)])
    # All advantages so far were 0.6.
    np.testing.assert_allclose(0.6 * seen[1], [-0.2, 0.2], atol=1e-6)


def test_the_luck_of_a_batch_is_in_no_advantage(monkeypatch):
    rows = SPACE.all_actions()
    found = []
    for lucks in ((0.0, 0.0, 0.0), (0.0, 5.0, -3.0)):
        strategy = started(baseline="batch")
        seen = []
        monkeypatch.setattr(
            strategy, "learn", lambda a, b, *_, seen=seen: seen.append(b)
        )
        for luck in lucks:
            strategy.update(
                [trial(rows[n], luck + 0.1 * n, n) for n in range(3)]
            )
        # One alone has no others, and is compared with the moving average.
        strategy.update([trial(rows[0], 1.0)])
        found.append(np.array(seen[:3]))
        assert seen[3][0] != 0
    np.testing.assert_allclose(found[0], found[1], atol=1e-4)
    # Each against the mean of the two others.
    np.testing.assert_allclose(found[0][0], [-0.15, 0, 0.15], atol=1e-6)
    assert (found[0][1] * [-1, 0, 1] > [0.9, -1e-9, 0.9]).all()


def test_first_batch_of_one_teaches_nothing():
    strategy = started()
    before = flat(strategy.controller.get_weights())
    strategy.update([trial(SPACE.all_actions()[0], 1.0)])
    np.testing.assert_array_equal(
        flat(strategy.controller.get_weights()), before
    )
    assert strategy.average.value == 1.0


def test_equal_rewards_teach_nothing():
    strategy = started()
    before = flat(strategy.controller.get_weights())
    rows = SPACE.all_actions()
    strategy.update([trial(row, 0.5, i) for i, row in enumerate(rows[:8])])
    np.testing.assert_allclose(
        flat(strategy.controller.get_weights()), before, atol=1e-6
    )


def test_entropy_bonus_raises_entropy():
    strategy = started(entropy_weight=1.0)
    spread_out(strategy, 10)
    # Of two equal children one is good and one is bad.
    rows = [
        trial(row, reward, i)
        for i, row in enumerate(SPACE.all_actions()[:8])
        for reward in (0.4, 0.6)
    ]
    first = strategy.update(rows)
    for _ in range(30):
        last = strategy.update(rows)
    assert last["entropy/op"] > first["entropy/op"]
    assert last["entropy/op"] <= np.log(3) + 1e-6


def test_the_size_of_rewards_does_not_matter():
    moved = []
    for scale in (1.0, 1e-3):
        strategy = started(entropy_weight=0.5)
        strategy.average.value = 0.5 * scale
        strategy.variance.value = 0.1 * scale**2
        for n in range(4):
            rows = SPACE.all_actions()[8 * n : 8 * (n + 1)]
            strategy.update(
                [
                    trial(row, scale * toy.toy_reward(row), i)
                    for i, row in enumerate(rows)
                ]
            )
        moved.append(flat(strategy.controller.get_weights()))
    still = flat(started().controller.get_weights())
    assert np.abs(moved[0] - still).max() > 0.01
    np.testing.assert_allclose(moved[1], moved[0], atol=1e-3)


@pytest.mark.parametrize(
    "options",
    [{"baseline_decay": 1.0}, {"entropy_weight": -1}, {"baseline": "mean"}],
)
def test_bad_options_are_refused(options):
    with pytest.raises(UsageError, match="Received"):
        Reinforce(**options)


def searched(strategy, seed, updates=60):
    """Returns the mean reward of the last third of a search."""
    strategy.start(SPACE, seed)
    rewards = []
    for number in range(updates):
        samples = strategy.propose(8, LENGTH, seed=1000 * seed + number)
        trials = [
            trial(s.actions, toy.toy_reward(s.actions), i)
            for i, s in enumerate(samples)
        ]
        rewards += [t.reward for t in trials]
        strategy.update(trials)
    return np.mean(rewards[-len(rewards) // 3 :])


def test_beats_random_on_a_fixed_table():
    # Moves and the rule that nothing comes twice would hide what is learned.
    learned = made("reinforce(moves=0, distinct=False)", SPACE, 0)
    random = RandomSearch()
    differences = np.array(
        [searched(learned, seed) - searched(random, seed) for seed in range(10)]
    )
    error = differences.std(ddof=1) / np.sqrt(len(differences))
    assert differences.mean() > 2 * error
