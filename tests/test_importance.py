"""Decisions that matter are told from those that do not."""

import numpy as np
import pytest

from nas_tf import trial
from nas_tf.decisions import Categorical
from nas_tf.decisions import Subset
from nas_tf.report import importance
from nas_tf.report.measure import REWARD
from nas_tf.trial import Result
from tests.report_runs import make_trials

DECISIONS = (
    Categorical("size", 4, labels=(8, 16, 32, 64)),
    Categorical("size", 4, labels=(8, 16, 32, 64)),
    Subset(2, kind="skip"),
    Categorical("fixed", 1),
)


def made(reward, count=200, seed=0):
    """Returns random trials with the rewards that a function gives."""
    rng = np.random.default_rng(seed)
    actions = np.stack(
        [
            rng.integers(decision.num_actions, size=count)
            for decision in DECISIONS
        ],
        axis=1,
    )
    noise = rng.normal(size=count)
    results = [
        Result(trial.OK, float(reward(row, eps)))
        for row, eps in zip(actions, noise)
    ]
    return make_trials(results, actions)


def test_shares_are_those_of_the_variance():
    # Variances: of the first decision 5/4, of the bit 4 * 1/4, of noise 0.25.
    trials = made(
        lambda row, eps: row[0] + 2 * (row[2] >> 1 & 1) + 0.5 * eps, 2000
    )
    found, chance = importance.of(trials, DECISIONS, REWARD)
    shares = {one.name: one.share for one in found}
    # A decision without a choice cannot matter.
    assert shares.keys() == {"size/1", "size/2", "skip/1"}
    assert shares["size/1"] == pytest.approx(0.5, abs=0.05)
    assert shares["skip/1"] == pytest.approx(0.4, abs=0.05)
    assert shares["size/2"] < chance < 0.02
    assert [one.name for one in found][:2] == ["size/1", "skip/1"]


def test_the_best_choice_comes_first():
    trials = made(lambda row, eps: -row[0] + 0.5 * (row[2] & 1) + 0.1 * eps)
    found, _ = importance.of(trials, DECISIONS, REWARD)
    choices = {one.name: one.choices for one in found}
    texts = [text for text, _, _ in choices["size/1"]]
    assert texts == ["8", "16", "32", "64"]
    assert sum(count for _, _, count in choices["size/1"]) == 200
    assert choices["skip/1"][0][0] == "1"
    assert choices["skip/1"][-1][0] == "not 1"


def test_a_child_that_diverged_outweighs_nothing():
    def reward(row, eps):
        return row[0] + 0.1 * eps - 1e9 * (eps > 2.5)

    found, _ = importance.of(made(reward), DECISIONS, REWARD)
    assert found[0].name == "size/1" and found[0].share > 0.7


def test_chance_is_rarely_taken_for_more():
    false = 0
    for seed in range(40):
        found, chance = importance.of(
            made(lambda row, eps: eps, 60, seed), DECISIONS, REWARD
        )
        false += found[0].share > chance
    # Two of 40 are expected. More than seven have a probability of 0.1 %.
    assert false <= 7


def test_decisions_that_came_later_are_judged_too():
    trials = made(lambda row, eps: row[0])
    # Those that came later are better.
    trials[100:] = made(lambda row, eps: row[0] + 10, 100, seed=1)
    short = [
        trial.Trial(
            one.trial_id,
            trial.Proposal(one.trial_id, 0, one.proposal.actions[:1], 0.0, 0),
            one.result,
        )
        for one in trials[:100]
    ]
    found, _ = importance.of(short + trials[100:], DECISIONS, REWARD)
    shares = {one.name: one.share for one in found}
    # That they were made at all is not what they decide.
    assert max(shares["size/2"], shares["skip/1"]) < 0.1
    counts = {
        one.name: sum(count for _, _, count in one.choices) for one in found
    }
    assert (counts["size/1"], counts["size/2"]) == (200, 100)
    few, _ = importance.of(short + trials[170:], DECISIONS, REWARD)
    assert [one.name for one in few] == ["size/1"]


@pytest.mark.parametrize("count, reward", [(39, 1.0), (100, 0.0)])
def test_too_few_children_or_equal_ones_say_nothing(count, reward):
    trials = made(lambda row, eps: reward * eps, count)
    assert importance.of(trials, DECISIONS, REWARD) is None
