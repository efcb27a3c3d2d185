import sys

import pytest

from nas_tf.decisions import Subset
from nas_tf.errors import UsageError
from nas_tf.strategies import optuna as adapter
from nas_tf.strategies.optuna import Optuna
from tests import toy
from tests.strategies import trial

SPACE = toy.ToySpace()
LENGTH = len(SPACE.decisions)
EVERYTHING = SPACE.all_actions()


def started(strategy, space=SPACE):
    strategy.start(space, seed=1)
    return strategy


def proposed(strategy, count, seed=0, length=LENGTH):
    return [s.actions for s in strategy.propose(count, length, seed)]


def test_parameters_are_actions():
    decisions = (*SPACE.decisions, Subset(0), Subset(62))
    for row in EVERYTHING[::7]:
        row = (*row, 0, 2**61 + 5)
        params = adapter._params(decisions, row)
        assert adapter._row(decisions, params) == row
        [*names] = [n for each in adapter._parameters(decisions) for n in each]
        assert list(params) == names
        assert len(params) == 3 + 1 + 3 + 62


def test_asking_is_forgotten():
    strategy = started(Optuna())
    for number in range(3):
        rows = proposed(strategy, 8, seed=number)
        strategy.update([trial(row, toy.toy_reward(row)) for row in rows])
    first = proposed(strategy, 8, seed=9)
    for number in range(5):
        proposed(strategy, 8, seed=100 + number)
    assert proposed(strategy, 8, seed=9) == first


def test_what_is_in_progress_is_proposed_less():
    def begun():
        strategy = started(Optuna())
        for number in range(3):
            rows = proposed(strategy, 8, seed=number)
            strategy.expect(rows)
            strategy.update([trial(row, toy.toy_reward(row)) for row in rows])
        return strategy

    strategy = begun()
    first = proposed(strategy, 8, seed=9)
    strategy.expect(first)
    second = proposed(strategy, 8, seed=9)
    assert second != first
    # A strategy that is restored knows of both batches.
    strategy.expect(second)
    restored = started(Optuna())
    restored.set_state(strategy.state())
    third = proposed(strategy, 8, seed=9)
    assert third not in (first, second)
    assert proposed(restored, 8, seed=9) == third
    # Batches may finish in another order than they were proposed.
    for batch in (second, first):
        for each in (strategy, restored):
            each.update([trial(row, toy.toy_reward(row)) for row in batch])
        assert strategy.state().keys() == restored.state().keys()
        after = proposed(strategy, 8, seed=10)
        assert proposed(restored, 8, seed=10) == after
    # What has finished is no longer in progress.
    assert not strategy.state()["in_progress"].size
    plain = begun()
    for batch in (second, first):
        plain.update([trial(row, toy.toy_reward(row)) for row in batch])
    assert proposed(plain, 8, seed=10) == after


def test_a_state_without_what_was_in_progress_is_read():
    strategy = started(Optuna())
    rows = proposed(strategy, 8)
    strategy.update([trial(row, toy.toy_reward(row)) for row in rows])
    state = strategy.state()
    del state["in_progress"]
    restored = started(Optuna())
    restored.set_state(state)
    assert proposed(restored, 8, seed=1) == proposed(strategy, 8, seed=1)


def test_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(UsageError, match="pip install 'optuna>=5.0'"):
        Optuna()


@pytest.mark.parametrize("options", [{"sampler": "best"}, {"startup": 0}])
def test_bad_options_are_refused(options):
    with pytest.raises(UsageError, match="Received"):
        Optuna(**options)


def test_optuna_is_quiet(capfd):
    strategy = started(Optuna(sampler="random"))
    strategy.update([trial(row, 0.1) for row in proposed(strategy, 8)])
    proposed(strategy, 8)
    assert capfd.readouterr() == ("", "")
