"""The requirements on every strategy, over all types of decision."""

import dataclasses
import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

from nas_tf import registry
from nas_tf.search.run_search import run_search
from nas_tf.trial import ERROR
from nas_tf.trial import OOM
from nas_tf.trial import Result
from tests import toy
from tests.strategies import CALLS
from tests.strategies import LAYERS
from tests.strategies import NAMES
from tests.strategies import SPACES
from tests.strategies import drawn
from tests.strategies import finished
from tests.strategies import known_reward
from tests.strategies import made
from tests.strategies import rows
from tests.strategies import searched
from tests.strategies import started
from tests.strategies import written_and_read

ROOT = pathlib.Path(__file__).parent.parent


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


# Optuna's samplers take most of the time, and are tested by Optuna.
LEARNERS = [
    pytest.param(name, marks=pytest.mark.slow) if name == "optuna" else name
    for name in NAMES
]


# These two have every kind of decision. A controller is compiled for each
# space, which takes seconds.
FAST_SPACES = ("layers", "toy")


def by_speed(spaces):
    """Returns parameters of tests, with a mark for the slower spaces."""
    return [
        key if key in FAST_SPACES else pytest.param(key, marks=pytest.mark.slow)
        for key in spaces
    ]


@pytest.fixture(params=by_speed(SPACES))
def space(request):
    return SPACES[request.param]


def test_proposes_valid_architectures(name, space):
    strategy = started(name, space)
    for number in range(4):
        proposals = drawn(strategy, number)
        assert len(proposals) == 8
        for proposal in proposals:
            space.decode(proposal.actions)
            assert len(proposal.actions) == len(space.decisions)
            assert all(type(action) is int for action in proposal.actions)
            assert type(proposal.log_prob) is float
            assert proposal.log_prob <= 0
        scalars = strategy.update(finished(proposals, toy.toy_reward))
        json.dumps(scalars)


def test_proposes_prefixes(name):
    strategy = started(name)
    # Other tests need the steps of all decisions too.
    for number, length in ((0, 4), (1, len(LAYERS.decisions))):
        proposals = drawn(strategy, number, length)
        assert {len(p.actions) for p in proposals} == {length}
        strategy.update(finished(proposals, toy.toy_reward))


def test_any_search_is_continued_by_its_journal_and_by_its_state(name, space):
    reward = known_reward(space)
    strategy = started(name, space)
    history = []
    for number in range(4):
        history.append(drawn(strategy, number))
        strategy.update(finished(history[-1], reward))
    state = written_and_read(strategy.state())
    following = drawn(strategy, 4)
    strategy.update(finished(following, reward))
    afterwards = drawn(strategy, 5)

    replayed = started(name, space)
    for number, batch in enumerate(history):
        assert drawn(replayed, number) == batch
        replayed.update(finished(batch, reward))
    assert drawn(replayed, 4) == following

    # As after a crash: the journal is read without proposing anything.
    read = started(name, space)
    for batch in history:
        read.update(finished(batch, reward))
    assert drawn(read, 4) == following

    restored = started(name, space, seed=2)
    restored.set_state(state)
    assert drawn(restored, 4) == following
    # It proposes the same now, and learns the same from then on.
    restored.update(finished(following, reward))
    assert drawn(restored, 5) == afterwards


def test_failures_duplicates_and_equal_rewards_do_no_harm(name, space):
    strategy = started(name, space)
    trials = finished(drawn(strategy, 0), lambda row: 0.5)
    failed = [dataclasses.replace(t, result=Result(ERROR, 0.0)) for t in trials]
    for batch in (trials, trials[:1] * 8, failed, trials):
        scalars = strategy.update(batch)
        assert all(np.isfinite(value) for value in scalars.values())
    for proposal in drawn(strategy, 99):
        space.decode(proposal.actions)
        assert np.isfinite(proposal.log_prob)


def test_settling_changes_nothing(name, space):
    strategy = started(name, space)
    searched(strategy, 1, toy.toy_reward)
    before = strategy.state()
    strategy.settle()
    after = strategy.state()
    assert set(before) == set(after)
    for key, value in before.items():
        np.testing.assert_array_equal(value, after[key])


# One space with all kinds of decision and three of different lengths. In a
# smaller space local search soon has to leave the best architecture, and every
# mutation of it is worse.
LARGE = ("layers", "conv", "nasbench201", "tree")


@pytest.mark.parametrize("name", LEARNERS)
@pytest.mark.parametrize("space", by_speed(LARGE))
def test_learns_a_known_reward(name, space):
    space = SPACES[space]
    reward = known_reward(space)
    chance = searched(started("random_search", space), 40, reward)
    rewards = searched(started(name, space), 40, reward)
    # A strategy that proposes nothing twice runs out of good architectures.
    gain = rewards[-20:].mean() - chance.mean()
    # Four standard errors of a mean of 80 random rewards.
    if name == "random_search":
        assert abs(gain) < 0.05
    else:
        assert gain > 0.05


def test_proposals_depend_on_the_seed_alone(name):
    strategy = started(name)
    for number in range(4):
        trials = finished(drawn(strategy, number))
        first = rows(strategy, seed=99)
        assert rows(strategy, seed=100) != first
        assert rows(strategy, seed=99) == first
        strategy.update(trials)
    # Another object that drew less often in between proposes the same.
    other = started(name, number=1)
    searched(other, 4)
    assert rows(other) == rows(strategy)


SCRIPT = """
import json
from tests import strategies
found = {}
for name in strategies.NAMES:
    strategy = strategies.started(name, strategies.SPACES["toy"])
    strategies.searched(strategy, 4, strategies.toy.toy_reward)
    found[name] = strategies.rows(strategy)
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def elsewhere():
    """The proposals of each strategy in another process."""
    environment = {**os.environ, "PYTHONHASHSEED": "17"}
    output = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return json.loads(output.splitlines()[-1])


@pytest.mark.slow
def test_another_process_proposes_the_same(name, elsewhere):
    strategy = started(name, SPACES["toy"])
    searched(strategy, 4, toy.toy_reward)
    assert elsewhere[name] == list(map(list, rows(strategy)))


def test_state_is_all_there_is(name):
    strategy = started(name)
    searched(strategy, 5)
    other = started(name, seed=2, number=1)
    searched(other, 2)
    other.set_state(written_and_read(strategy.state()))
    for number in range(5, 8):
        batch = drawn(strategy, number)
        assert drawn(other, number) == batch
        for each in (strategy, other):
            each.update(finished(batch))
    # A new search does not remember it.
    strategy.start(LAYERS, seed=3)
    fresh = registry.make("strategies", CALLS.get(name, name))
    fresh.start(LAYERS, seed=3)
    assert drawn(strategy, 0) == drawn(fresh, 0)


def test_batches_may_finish_in_any_order(name):
    strategy = started(name)
    in_progress = [drawn(strategy, number) for number in range(3)]
    history = []
    for number in range(3, 9):
        history.append(finished(in_progress.pop(number % 3)))
        strategy.update(history[-1])
        in_progress.append(drawn(strategy, number))
    again = started(name, number=1)
    for trials in history:
        again.update(trials)
    assert rows(again) == rows(strategy)


@pytest.mark.parametrize("name", LEARNERS)
def test_learns_although_half_of_all_children_fail(name):
    strategy = started(name)
    rewards = []
    for number in range(30):
        trials = [
            dataclasses.replace(trial, result=Result(OOM, 0.0))
            if trial.proposal.actions[0] < 2
            else trial
            for trial in finished(drawn(strategy, number))
        ]
        strategy.update(trials)
        rewards.append([trial.reward for trial in trials])
    failures = np.mean(np.array(rewards)[-10:] == 0)
    if name == "random_search":
        assert 0.3 < failures < 0.7
    else:
        assert failures < 0.35


@pytest.mark.parametrize("name", LEARNERS)
def test_learns_although_every_child_comes_twice(name):
    chance = searched(started("random_search"), 80)
    strategy = started(name)
    rewards = []
    for number in range(80):
        batch = drawn(strategy, number)
        batch[1::2] = [
            dataclasses.replace(first, proposal_id=copy.proposal_id)
            for first, copy in zip(batch[::2], batch[1::2])
        ]
        trials = finished(batch)
        strategy.update(trials)
        rewards.append([trial.reward for trial in trials])
    gain = np.mean(rewards[-10:]) - chance.mean()
    # Four standard errors of a mean of 40 random rewards.
    if name == "random_search":
        assert abs(gain) < 0.07
    else:
        assert gain > 0.07


def test_equal_rewards_teach_nothing(name):
    strategy = started(name)
    before = strategy.state()
    searched(strategy, 5, reward=lambda row: 0.3)
    after = strategy.state()
    for key in before:
        if key.startswith("controller/") and before[key].ndim:
            np.testing.assert_allclose(after[key], before[key], atol=1e-4)
    # No choice is preferred to another.
    firsts = [row[0] for n in range(40) for row in rows(strategy, seed=n)]
    if name != "local_search":
        assert np.bincount(firsts, minlength=4).min() > 30


def test_one_architecture_again_and_again_does_no_harm(name):
    strategy = started(name)
    proposal = drawn(strategy, 0)[0]
    for number in range(6):
        batch = [
            dataclasses.replace(proposal, proposal_id=8 * number + i)
            for i in range(8)
        ]
        scalars = strategy.update(finished(batch, lambda row, n=number: n))
        assert all(np.isfinite(value) for value in scalars.values())
    for row in rows(strategy):
        LAYERS.decode(row)


def test_is_described_by_its_options(name):
    strategy = registry.make("strategies", name)
    json.dumps(registry.call_string(strategy))


def search(name, **options):
    """Searches the toy space, by the strategy kept for it."""
    return run_search(
        toy.ToySpace(),
        toy.ToyTask(),
        made(name, toy.ToySpace(), 0),
        evaluator=toy.ToyEvaluator(),
        **options,
    )


def test_searches(name):
    archive = search(name, max_children=40)
    assert len(archive.trials) == 40
    assert archive.best()[0].reward >= 0.8


def test_goes_on_where_it_was_left(name, tmp_path):
    whole = search(name, max_children=60, run_dir=tmp_path / "whole")
    parts = tmp_path / "parts"
    for count in (13, 40):
        search(name, max_children=count, run_dir=parts)
    for file in (parts / "checkpoint").iterdir():
        file.unlink()
    resumed = search(name, max_children=60, run_dir=parts)
    assert [t.proposal for t in resumed.trials] == [
        t.proposal for t in whole.trials
    ]


def test_keeps_to_a_limit_of_size(name):
    archive = search(name, max_children=40, max_params=900)
    assert all(t.result.params <= 900 for t in archive.trials if t.ok)
    assert sum(t.ok for t in archive.trials) > 30
