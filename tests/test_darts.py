"""DARTS: a mixture of choices, learned by gradients."""

import keras
import numpy as np
import pytest

from nas_tf.errors import UsageError
from nas_tf.search.run_search import run_search
from nas_tf.strategies.darts import Darts
from tests import toy
from tests.shared_dense import SharedDense
from tests.test_resume import journal

EVALUATOR = (
    "shared(sampling='mixture', steps=60, steps_per_phase=10, "
    "batches_per_phase=1, warm_up_share=0.2, derive=9, derive_top=3)"
)


def started():
    strategy = Darts(learning_rate=0.1)
    strategy.start(toy.ToySpace(), 0)
    return strategy


def test_a_mixture_begins_even_and_has_no_choices_that_do_not_exist():
    mixture = started().mixture()
    for row, decision in zip(mixture, toy.ToySpace().decisions):
        expected = np.zeros(len(row))
        expected[: decision.num_actions] = 1 / decision.num_actions
        np.testing.assert_allclose(row, expected, rtol=1e-6)


def test_it_descends_to_the_choices_of_least_loss():
    strategy = started()
    losses = np.random.default_rng(0).normal(size=strategy.mixture().shape)
    for _ in range(300):
        strategy.descend(losses)
    strategy.descend(losses * np.nan)
    best = [
        int(row[: decision.num_actions].argmin())
        for row, decision in zip(losses, toy.ToySpace().decisions)
    ]
    samples = strategy.propose(8, 5, seed=3)
    assert samples[0].actions == tuple(best)
    assert samples == strategy.propose(8, 5, seed=3)
    shares = strategy.mixture()[range(5), best]
    assert (shares > 0.9).all()
    log_prob = np.log(shares).sum()
    assert samples[0].log_prob == pytest.approx(log_prob, rel=1e-5)
    assert strategy.log_probs([best]) == [samples[0].log_prob]
    assert strategy.update([])["darts/steps"] == 300
    other = started()
    other.set_state(strategy.state())
    other.descend(losses)
    strategy.descend(losses)
    np.testing.assert_array_equal(other.mixture(), strategy.mixture())


def test_samples_follow_the_mixture():
    strategy = started()
    rows = np.array([s.actions for s in strategy.propose(3000, 5, seed=1)[1:]])
    for column, decision in zip(rows.T, toy.ToySpace().decisions):
        shares = np.bincount(column, minlength=decision.num_actions) / len(rows)
        assert abs(shares - 1 / decision.num_actions).max() < 0.04


@pytest.mark.slow
@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="tf")
@pytest.mark.parametrize("inner_rate", [0.0, 0.025])
def test_a_search_learns_a_mixture_and_goes_on_after_a_stop(
    tmp_path, inner_rate
):
    def search(name, count):
        return run_search(
            "tests.shared_dense",
            "digits(batch_size=20)",
            strategy=f"darts(learning_rate=0.05, inner_rate={inner_rate})",
            evaluator=EVALUATOR,
            run_dir=tmp_path / name,
            max_children=count,
            children_per_replica=2,
        )

    whole = search("whole", 8)
    search("run", 5)
    run = search("run", 8)
    assert journal(tmp_path / "run") == journal(tmp_path / "whole")
    rewards = [[t.reward for t in a.derived] for a in (whole, run)]
    assert rewards[0] == rewards[1]
    first = whole.derived[0].proposal
    assert first.log_prob == max(t.proposal.log_prob for t in whole.derived)
    # Without any learning all architectures would be equally probable.
    assert first.log_prob > 3 * np.log(1 / 3) + 0.1


@pytest.mark.parametrize(
    "strategy, evaluator, reason",
    [
        ("darts", "shared", "sampling='mixture' for strategy 'darts', and"),
        ("random_search", EVALUATOR, "Received: sampling='mixture' for"),
        ("darts", "standalone", "learns from gradients. Received: 'Standal"),
    ],
)
def test_strategy_and_evaluator_have_to_fit(strategy, evaluator, reason):
    with pytest.raises(UsageError, match=reason):
        run_search(
            SharedDense(), "digits", strategy=strategy, evaluator=evaluator
        )
