"""One suite over every strategy."""

import dataclasses
import json

import numpy as np
import pytest

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.search.run_search import run_search
from nas_tf.trial import ERROR
from nas_tf.trial import OK
from nas_tf.trial import Proposal
from nas_tf.trial import Result
from nas_tf.trial import Trial
from tests import toy

SPACES = [
    toy.ToySpace(),
    registry.make("spaces", "conv(num_layers=2, strides=(1, 2))"),
    registry.make(
        "spaces",
        "conv(num_layers=2, layer_types=('conv', 'max_pool'),"
        " learning_rates=(0.1, 0.01))",
    ),
]


@pytest.fixture(params=registry.names("strategies"))
def name(request):
    return request.param


@pytest.fixture(params=SPACES, ids=lambda s: type(s).__name__)
def space(request):
    return request.param


def started(name, space, seed=1):
    strategy = registry.make("strategies", name)
    strategy.start(space, seed)
    return strategy


def batch(strategy, space, number, reward=None, length=None):
    length = length or len(space.decisions)
    samples = strategy.propose(4, length, seed=number)
    return [
        Trial(
            4 * number + i,
            Proposal(4 * number + i, number, s.actions, s.log_prob, 0),
            Result(OK, 0.1 * i if reward is None else reward),
        )
        for i, s in enumerate(samples)
    ]


def proposals(strategy, space):
    return strategy.propose(8, len(space.decisions), seed=99)


def test_proposes_valid_architectures(name, space):
    samples = started(name, space).propose(8, len(space.decisions), seed=0)
    assert len(samples) == 8
    for sample in samples:
        space.decode(sample.actions)
        assert all(type(action) is int for action in sample.actions)
        assert type(sample.log_prob) is float
        assert sample.log_prob <= 0


def test_proposes_prefixes(name):
    space = registry.make(
        "spaces", "conv(num_layers=4, start_layers=2, grow_every=8)"
    )
    strategy = started(name, space)
    for number, layers in ((0, 2), (1, 4)):
        length = space.length(8 * number)
        samples = strategy.propose(3, length, seed=number)
        assert {len(s.actions) for s in samples} == {4 * layers}
        strategy.update(batch(strategy, space, number, length=length))


def test_equal_seeds_give_equal_proposals(name, space):
    one, two = started(name, space), started(name, space)
    for number in range(3):
        first, second = (batch(s, space, number) for s in (one, two))
        assert first == second
        one.update(first)
        two.update(second)
    assert proposals(one, space) == proposals(two, space)


def test_state_survives_saving(name, space, tmp_path):
    strategy = started(name, space)
    for number in range(3):
        strategy.update(batch(strategy, space, number))
    strategy.save(tmp_path / "strategy.npz", {"updates": 3})
    other = started(name, space, seed=2)
    assert other.restore(tmp_path / "strategy.npz") == {"updates": 3}
    assert proposals(other, space) == proposals(strategy, space)
    # Not only what it proposes now, also how it goes on to learn.
    trials = batch(strategy, space, 3)
    for each in (strategy, other):
        each.update(trials)
    assert proposals(other, space) == proposals(strategy, space)


def test_a_broken_checkpoint_is_refused(name, space, tmp_path):
    strategy = started(name, space)
    path = tmp_path / "strategy.npz"
    for content in (b"", b"nonsense", b"PK\x03\x04 and more"):
        path.write_bytes(content)
        with pytest.raises(UsageError, match="Expected a checkpoint"):
            strategy.restore(path)


def test_replay_is_the_same_as_having_been_there(name, space):
    strategy = started(name, space)
    history = []
    for number in range(4):
        history.append(batch(strategy, space, number))
        strategy.update(history[-1])
    again = started(name, space)
    for trials in history:
        again.update(trials)
    assert proposals(again, space) == proposals(strategy, space)


def test_failures_duplicates_and_equal_rewards_do_no_harm(name, space):
    strategy = started(name, space)
    trials = batch(strategy, space, 0, reward=0.5)
    failed = [dataclasses.replace(t, result=Result(ERROR, 0.0)) for t in trials]
    for rows in (trials, trials[:1] * 4, failed, trials):
        scalars = strategy.update(rows)
        assert all(np.isfinite(value) for value in scalars.values())
    for sample in proposals(strategy, space):
        space.decode(sample.actions)
        assert np.isfinite(sample.log_prob)


def test_settling_changes_nothing(name, space):
    strategy = started(name, space)
    strategy.update(batch(strategy, space, 0))
    before = strategy.state()
    strategy.settle()
    after = strategy.state()
    assert set(before) == set(after)
    for key, value in before.items():
        np.testing.assert_array_equal(value, after[key])


def test_scalars_are_plain_numbers(name, space):
    strategy = started(name, space)
    json.dumps(strategy.update(batch(strategy, space, 0)))


def test_is_described_by_its_options(name):
    strategy = registry.make("strategies", name)
    json.dumps(registry.call_string(strategy))


def test_searches(name):
    archive = run_search(
        toy.ToySpace(),
        toy.ToyTask(),
        name,
        evaluator=toy.ToyEvaluator(),
        max_children=40,
    )
    assert len(archive.trials) == 40
    assert archive.best()[0].reward >= 0.8
