import keras
import numpy as np
import pytest
import tensorflow as tf

from nas_tf import losses
from nas_tf.errors import UsageError
from nas_tf.strategies.random_search import RandomSearch
from nas_tf.strategies.reinforce import Reinforce
from nas_tf.trial import OK
from nas_tf.trial import Proposal
from nas_tf.trial import Result
from nas_tf.trial import Trial
from tests import toy

SPACE = toy.ToySpace()
LENGTH = len(SPACE.decisions)


def trial(actions, reward, number=0):
    proposal = Proposal(number, 0, tuple(actions), -1.0, 0)
    return Trial(number, proposal, Result(OK, reward))


def started(**options):
    strategy = Reinforce(**{"entropy_weight": 0.0, **options})
    strategy.start(SPACE, seed=1)
    return strategy


def descend_plainly(strategy):
    """Puts gradient descent of rate 1 in Adam's place."""
    strategy.optimizer = keras.optimizers.SGD(1.0)
    strategy.optimizer.build(strategy.controller.trainable_variables)


def flat(arrays):
    return np.concatenate([np.ravel(a) for a in arrays]).astype(np.float64)


def test_loss_by_hand():
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


def test_updates_average_to_the_exact_gradient():
    # Each of the space's 288 architectures is given to `update` alone, from
    # the same weights, with plain gradient descent of rate 1 in Adam's place:
    # the weights then move by the estimate of the gradient, in units of the
    # spread of rewards so far.
    strategy = started(learning_rate=1.0)
    controller = strategy.controller
    descend_plainly(strategy)
    for variable in controller.trainable_variables:
        variable.assign(variable * 10)
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
        strategy.baseline.value = 0.3
        strategy.variance.value = 0.25
        strategy.update([trial(row, reward)])
        estimate += probability * (
            flat(controller.get_weights()) - flat(weights)
        )
    assert abs(exact).max() > 1e-3
    np.testing.assert_allclose(0.5 * estimate, exact, atol=2e-6)


def test_no_reward_is_in_its_own_baseline():
    strategy = started(baseline_decay=0.5)
    seen = []
    learn = strategy.learn

    def spy(actions, advantages, mask, bonus):
        seen.append(advantages)
        learn(actions, advantages, mask, bonus)

    strategy.learn = spy
    rows = SPACE.all_actions()
    strategy.update([trial(rows[0], 1.0), trial(rows[1], 0.4, 1)])
    # Each against the other.
    np.testing.assert_allclose(seen[0], [0.6, -0.6], atol=1e-6)
    # 1.0, then 0.5 * 1.0 + 0.5 * 0.4.
    assert strategy.baseline.value == pytest.approx(0.7)
    strategy.update([trial(rows[2], 0.5), trial(rows[3], 0.9, 1)])
    # All advantages so far were 0.6.
    np.testing.assert_allclose(0.6 * seen[1], [-0.2, 0.2], atol=1e-6)


def test_first_batch_of_one_teaches_nothing():
    strategy = started()
    before = flat(strategy.controller.get_weights())
    strategy.update([trial(SPACE.all_actions()[0], 1.0)])
    np.testing.assert_array_equal(
        flat(strategy.controller.get_weights()), before
    )
    assert strategy.baseline.value == 1.0


def test_equal_rewards_teach_nothing():
    strategy = started()
    before = flat(strategy.controller.get_weights())
    rows = SPACE.all_actions()
    strategy.update([trial(row, 0.5, i) for i, row in enumerate(rows[:8])])
    np.testing.assert_allclose(
        flat(strategy.controller.get_weights()), before, atol=1e-6
    )


def test_gradients_are_clipped_to_the_norm():
    strategy = started(clip_norm=0.01)
    descend_plainly(strategy)
    before = flat(strategy.controller.get_weights())
    strategy.baseline.value = 0.0
    scalars = strategy.update([trial(SPACE.all_actions()[0], 5.0)])
    moved = flat(strategy.controller.get_weights()) - before
    assert scalars["controller/gradient_norm"] > 0.1
    assert np.linalg.norm(moved) == pytest.approx(0.01, rel=1e-3)


def test_entropy_bonus_raises_entropy():
    strategy = started(entropy_weight=1.0)
    for variable in strategy.controller.trainable_variables:
        variable.assign(variable * 10)
    # Of two children alike one is good and one is bad.
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
        strategy.baseline.value = 0.5 * scale
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


def test_scalars_name_every_choice():
    strategy = started()
    strategy.propose(8, LENGTH, seed=0)
    scalars = strategy.update(
        [
            trial(row, 0.1 * i, i)
            for i, row in enumerate(SPACE.all_actions()[:8])
        ]
    )
    choices = [scalars[f"probability_op/1={i}"] for i in range(3)]
    assert sum(choices) == pytest.approx(1, abs=1e-5)
    subsets = {tag for tag in scalars if tag.startswith("probability_subset")}
    assert subsets == {
        f"probability_subset/{n}" for n in ("1=1", "2=1", "2=2", "2=3")
    }
    assert "entropy/pointer" in scalars
    assert all(np.isfinite(value) for value in scalars.values())


def test_inert_decisions_do_not_count(monkeypatch):
    def active(self, actions):
        return np.array([True, False, True, True, True])

    strategy = started()
    [full] = strategy.propose(1, LENGTH, seed=0)
    monkeypatch.setattr(toy.ToySpace, "active", active)
    [masked] = strategy.propose(1, LENGTH, seed=0)
    rollout = strategy.controller.unroll(
        SPACE.decisions, actions=np.array([full.actions])
    )
    assert masked.actions == full.actions
    assert full.log_prob - masked.log_prob == pytest.approx(
        float(rollout.log_probs[0, 1]), abs=1e-5
    )


def test_starting_again_forgets_everything():
    strategy = started()
    first = strategy.propose(8, LENGTH, seed=5)
    for number in range(3):
        strategy.update([trial(s.actions, 0.1 * number) for s in first])
    assert strategy.propose(8, LENGTH, seed=5) != first
    strategy.start(SPACE, seed=1)
    assert strategy.baseline.value is None
    assert strategy.propose(8, LENGTH, seed=5) == first


@pytest.mark.parametrize(
    "options",
    [
        {"learning_rate": 0},
        {"baseline_decay": 1.0},
        {"entropy_weight": -1},
        {"clip_norm": 0},
        {"units": 0},
        {"num_layers": 1.5},
        {"temperature": 0},
        {"tanh_constant": -2},
    ],
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
    learned, random = Reinforce(), RandomSearch()
    differences = np.array(
        [searched(learned, seed) - searched(random, seed) for seed in range(16)]
    )
    error = differences.std(ddof=1) / np.sqrt(len(differences))
    assert differences.mean() > 2 * error


@pytest.mark.parametrize("clip_norm", [None, 0.05])
@pytest.mark.parametrize("accumulate", [1, 2, 3])
def test_steps_are_those_of_kerass_own_apply(clip_norm, accumulate):
    strategy = started(clip_norm=clip_norm, accumulate=accumulate)
    reference = keras.optimizers.Adam(
        strategy.learning_rate,
        global_clipnorm=clip_norm,
        gradient_accumulation_steps=accumulate if accumulate > 1 else None,
    )
    weights = [
        keras.Variable(v) for v in strategy.controller.trainable_variables
    ]
    reference.build(weights)
    rng = np.random.default_rng(0)
    for number in range(1, 7):
        gradients = [
            tf.constant(rng.normal(size=v.shape), tf.float32) for v in weights
        ]
        reference.apply(gradients, weights)
        is_last = tf.constant(number % accumulate == 0)
        tf.function(strategy._descent.apply)(gradients, is_last)
        np.testing.assert_allclose(
            flat(strategy.controller.get_weights()), flat(weights), atol=1e-6
        )
    assert int(strategy.optimizer.iterations) == 6 // accumulate


def test_accumulated_batches_make_one_step_of_their_mean_gradient():
    rows = [(0, 0, 0, 0, 0), (2, 1, 1, 3, 1), (1, 0, 1, 5, 2), (0, 1, 0, 7, 1)]
    batches = [
        [trial(row, reward) for row, reward in zip(rows[i : i + 2], pair)]
        for i, pair in ((0, (0.9, 0.1)), (2, (0.2, 0.8)))
    ]

    def moved(strategy, *trials):
        before = strategy.controller.get_weights()
        for batch in trials:
            strategy.baseline.value = 0.4
            strategy.variance.value = 0.25
            strategy.update(batch)
        after = strategy.controller.get_weights()
        return flat(after) - flat(before)

    def plain(accumulate):
        strategy = started(accumulate=accumulate)
        descend_plainly(strategy)
        return strategy

    once = [moved(plain(1), batch) for batch in batches]
    assert np.abs(once[0] - once[1]).max() > 1e-3
    np.testing.assert_allclose(
        moved(plain(2), *batches), np.mean(once, axis=0), atol=1e-6
    )

    strategy = started(accumulate=2)
    assert not moved(strategy, batches[0]).any()
    assert moved(strategy, batches[1]).any()


def test_accumulation_goes_on_from_a_checkpoint(tmp_path):
    first = [trial((0, 0, 0, 0, 0), 0.9), trial((2, 1, 1, 3, 1), 0.1)]
    second = [trial((1, 0, 1, 5, 2), 0.2), trial((0, 1, 0, 7, 1), 0.8)]
    strategy = started(accumulate=2)
    strategy.update(first)
    strategy.save(tmp_path / "state.npz", {})
    other = started(accumulate=2)
    other.restore(tmp_path / "state.npz")
    for each in (strategy, other):
        each.update(second)
    np.testing.assert_array_equal(
        flat(strategy.controller.get_weights()),
        flat(other.controller.get_weights()),
    )
