import keras
import numpy as np
import pytest

from nas_tf.controller import Controller
from nas_tf.controller import num_uniforms
from nas_tf.decisions import Categorical
from nas_tf.decisions import Pointer
from nas_tf.decisions import Subset
from nas_tf.errors import UsageError
from tests import toy

SPACE = toy.ToySpace()


def numpy(tensor):
    return keras.ops.convert_to_numpy(tensor)


def conv_decisions(num_layers):
    decisions = []
    for layer in range(num_layers):
        decisions += [
            Categorical("height", 4),
            Categorical("width", 4),
            Categorical("filters", 4),
            Subset(layer),
        ]
    return tuple(decisions)


# A wide range of weights, so that probabilities are far from uniform.
def lively(decisions, **options):
    return Controller(decisions, init_range=1.0, **options)


def test_weights_start_uniform_in_the_papers_range():
    weights = np.concatenate(
        [w.ravel() for w in Controller(conv_decisions(6)).get_weights()]
    )
    assert abs(weights).max() <= 0.08
    assert abs(weights).max() > 0.0799
    # Uniform in +-0.08: deviation 0.08 / sqrt(3).
    assert abs(weights.std() - 0.08 / 3**0.5) < 0.001
    assert abs(weights.mean()) < 0.001


def test_two_layers_of_35_units_by_default():
    controller = Controller(conv_decisions(2))
    shapes = [tuple(w.shape) for w in controller.trainable_variables]
    assert shapes.count((35, 140)) == 4
    assert shapes.count((140,)) == 2


def test_scores_of_samples_are_their_log_probabilities():
    for decisions in (SPACE.decisions, conv_decisions(5)):
        controller = lively(decisions)
        sampled = controller.unroll(decisions, batch_size=16, seed=1)
        scored = controller.unroll(decisions, actions=sampled.actions)
        np.testing.assert_array_equal(
            numpy(sampled.log_probs), numpy(scored.log_probs)
        )
        np.testing.assert_array_equal(
            numpy(sampled.entropies), numpy(scored.entropies)
        )


def test_a_prefix_scores_the_same_alone():
    decisions = conv_decisions(6)
    controller = lively(decisions)
    rollout = controller.unroll(decisions, batch_size=8, seed=1)
    prefix = controller.unroll(
        decisions[:12], actions=numpy(rollout.actions)[:, :12]
    )
    np.testing.assert_array_equal(
        numpy(prefix.log_probs), numpy(rollout.log_probs)[:, :12]
    )


def test_probabilities_of_an_enumerated_space_sum_to_one():
    actions = np.array(SPACE.all_actions())
    assert len(actions) == 3 * 2 * 2 * 8 * 3
    log_probs = lively(SPACE.decisions).call(actions, SPACE.decisions)
    probabilities = np.exp(numpy(log_probs).sum(1, dtype=np.float64))
    assert probabilities.max() > 2 * probabilities.mean()
    assert probabilities.sum() == pytest.approx(1, abs=1e-5)


def test_samples_follow_the_probabilities():
    controller = lively(SPACE.decisions)
    count = 20000
    rollout = controller.unroll(SPACE.decisions, batch_size=count, seed=3)
    everything = np.array(SPACE.all_actions())
    log_probs = controller.call(everything, SPACE.decisions)
    expected = np.exp(numpy(log_probs).sum(1, dtype=np.float64))
    index = {tuple(row): i for i, row in enumerate(everything)}
    seen = np.zeros(len(everything))
    for row in numpy(rollout.actions):
        seen[index[tuple(row)]] += 1
    # Chi-squared with 287 degrees of freedom: mean 287, deviation 24.
    chi_squared = ((seen - count * expected) ** 2 / (count * expected)).sum()
    assert chi_squared < 287 + 4 * 24


def test_rows_of_a_batch_do_not_leak_into_each_other():
    controller = lively(SPACE.decisions)
    rows = np.array(SPACE.all_actions())[[5, 77, 140, 250]]
    together = numpy(controller.call(rows, SPACE.decisions))
    for row, log_probs in zip(rows, together):
        alone = numpy(controller.call(row[None], SPACE.decisions))[0]
        np.testing.assert_allclose(alone, log_probs, rtol=1e-5, atol=1e-6)


def test_every_decision_depends_on_all_before_it():
    controller = lively(SPACE.decisions)
    base = [0, 0, 0, 0, 0]
    reference = numpy(controller.call(np.array([base]), SPACE.decisions))[0]
    for step in range(4):
        changed = list(base)
        changed[step] = 1
        scores = numpy(controller.call(np.array([changed]), SPACE.decisions))
        assert (scores[0][:step] == reference[:step]).all()
        assert (scores[0][step + 1 :] != reference[step + 1 :]).all()


def test_skip_probabilities_are_the_papers_formula():
    # Two layers by hand: P(j feeds i) = sigmoid(v . tanh(W_prev h_j +
    # W_curr h_i)), with the LSTM evaluated here in NumPy.
    decisions = (Subset(0, kind="skip"), Subset(1, kind="skip"))
    controller = lively(decisions, units=3, num_layers=1)
    kernel, recurrent, bias = (numpy(w) for w in controller.cells[0].weights)
    w_prev, w_curr, v = (numpy(w) for w in controller.attentions["skip"])

    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    def step(x, h, c):
        i, f, g, o = np.split(x @ kernel + h @ recurrent + bias, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        return sigmoid(o) * np.tanh(c), c

    zeros = np.zeros(3)
    first, c = step(numpy(controller.start)[0], zeros, zeros)
    second, _ = step(zeros, first, c)
    expected = sigmoid(v @ np.tanh(first @ w_prev + second @ w_curr))
    rollout = controller.unroll(decisions, actions=[[0, 1], [0, 0]])
    np.testing.assert_allclose(
        np.exp(numpy(rollout.log_probs)[:, 1]),
        [expected, 1 - expected],
        rtol=1e-5,
    )
    assert numpy(rollout.log_probs)[0, 0] == 0


def test_a_pointer_sees_only_the_last_anchors():
    decisions = (
        Categorical("op", 2, anchor=True),
        Categorical("op", 2, anchor=True),
        Categorical("op", 2, anchor=True),
        Pointer(2),
    )
    rollout = lively(decisions).unroll(decisions, batch_size=4, seed=0)
    assert rollout.probabilities[3].shape == (4, 2)
    with pytest.raises(UsageError, match="at least 4 anchors"):
        lively(decisions).unroll((*decisions, Pointer(4)), 2, seed=0)


def test_subsets_of_sixty_two_anchors_score_exactly():
    decisions = (*(Subset(0) for _ in range(62)), Subset(62))
    controller = lively(decisions, units=4, num_layers=1)
    rollout = controller.unroll(decisions, batch_size=4, seed=0)
    assert numpy(rollout.actions).max() > 2**60
    scored = controller.unroll(decisions, actions=rollout.actions)
    np.testing.assert_array_equal(
        numpy(rollout.log_probs), numpy(scored.log_probs)
    )


def test_entropy_is_of_the_whole_distribution():
    rollout = lively(SPACE.decisions).unroll(
        SPACE.decisions, batch_size=3, seed=0
    )
    for step in (0, 2, 4):
        p = numpy(rollout.probabilities[step])
        np.testing.assert_allclose(
            numpy(rollout.entropies)[:, step],
            -(p * np.log(p)).sum(1),
            rtol=1e-5,
        )
    p = numpy(rollout.probabilities[3])
    np.testing.assert_allclose(
        numpy(rollout.entropies)[:, 3],
        -(p * np.log(p) + (1 - p) * np.log(1 - p)).sum(1),
        rtol=1e-5,
    )


def test_temperature_and_tanh_constant_flatten():
    decisions = (Categorical("op", 4),)
    plain = lively(decisions)
    logits = np.log(numpy(plain.unroll(decisions, 1, seed=0).probabilities[0]))
    warm = lively(decisions, temperature=5.0, tanh_constant=2.5)
    squashed = np.log(numpy(warm.unroll(decisions, 1, seed=0).probabilities[0]))
    kernel, bias = (numpy(w) for w in plain.heads["op"])
    # Softmax ignores a constant, so differences of logits are compared. The
    # true logits are computed from the weights.
    hidden = numpy(_first_state(plain))
    true = hidden @ kernel + bias
    np.testing.assert_allclose(
        np.diff(logits), np.diff(true), rtol=1e-3, atol=1e-5
    )
    np.testing.assert_allclose(
        np.diff(squashed),
        np.diff(2.5 * np.tanh(true / 5.0)),
        rtol=1e-3,
        atol=1e-5,
    )


def test_logits_of_enas():
    """With a temperature of 5 and a tanh constant of 2.5."""
    controller = Controller(
        toy.ToySpace().decisions, temperature=5.0, tanh_constant=2.5
    )
    logits = controller.squash(keras.ops.array([1.0, -2.0, 0.5]))
    np.testing.assert_allclose(
        numpy(logits), [0.493438, -0.949872, 0.249170], atol=1e-6
    )
    p = numpy(keras.ops.softmax(logits))
    np.testing.assert_allclose(p, [0.495191, 0.116937, 0.387872], atol=1e-6)


def _first_state(controller):
    hidden = controller.start
    zeros = keras.ops.zeros((1, controller.units))
    for cell in controller.cells:
        hidden, _ = cell(hidden, [zeros, zeros])
    return hidden


def test_seeds_decide_weights_and_samples():
    one, same, other = (Controller(SPACE.decisions, seed=s) for s in (1, 1, 2))
    for a, b in zip(one.get_weights(), same.get_weights()):
        np.testing.assert_array_equal(a, b)
    assert (one.get_weights()[0] != other.get_weights()[0]).any()
    samples = [
        numpy(one.unroll(SPACE.decisions, 32, seed=s).actions)
        for s in (1, 1, 2)
    ]
    np.testing.assert_array_equal(samples[0], samples[1])
    assert (samples[0] != samples[2]).any()


def test_uniforms_are_counted_by_bits():
    assert num_uniforms(SPACE.decisions) == 1 + 1 + 1 + 3 + 1
    assert num_uniforms(conv_decisions(4)) == 4 * 3 + 0 + 1 + 2 + 3


def test_one_kind_has_one_size():
    with pytest.raises(UsageError, match="one type and size .* 'op'"):
        Controller((Categorical("op", 2), Categorical("op", 3)))
