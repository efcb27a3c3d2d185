"""The base class of strategies with a controller, tested on REINFORCE."""

import keras
import numpy as np
import pytest

from nas_tf.errors import UsageError
from nas_tf.spaces.enas_macro import ENASMacro
from nas_tf.strategies._neighbours import Neighbours
from nas_tf.strategies.controlled import WithController
from nas_tf.strategies.reinforce import Reinforce
from tests import toy
from tests.strategies import flat
from tests.strategies import of_controller
from tests.strategies import trial
from tests.strategies import written_and_read

SPACE = toy.ToySpace()
LENGTH = len(SPACE.decisions)


def started(**options):
    return of_controller(Reinforce, **{"entropy_weight": 0.0, **options})


class Likely(WithController):
    """Makes the best architecture of each batch more probable."""

    def update(self, trials):
        best = max(trials, key=lambda trial: trial.reward)
        self.learn(np.array([best.proposal.actions], np.int64))
        return self.watched()

    def loss(self, rollout):
        return -keras.ops.sum(rollout.log_probs)


def test_a_strategy_needs_a_loss_and_an_update():
    strategy = Likely(learning_rate=0.05, moves=0, distinct=False)
    strategy.start(SPACE, seed=1)
    best = (2, 1, 1, 3, 1)
    losses = []
    for _ in range(40):
        scalars = strategy.update([trial(best, 0.9), trial((0,) * 5, 0.1)])
        losses.append(scalars["controller/loss"])
    # Minus the log-probability of the architectures to make more probable.
    assert losses[0] > 3
    assert losses[-1] < 0.5
    samples = strategy.propose(32, LENGTH, seed=0)
    assert [s.actions for s in samples].count(best) > 16


def test_gradients_are_clipped_to_the_norm():
    strategy = started(plain=True, clip_norm=0.01)
    before = flat(strategy.controller.get_weights())
    strategy.average.value = 0.0
    scalars = strategy.update([trial(SPACE.all_actions()[0], 5.0)])
    moved = flat(strategy.controller.get_weights()) - before
    assert scalars["controller/gradient_norm"] > 0.1
    assert np.linalg.norm(moved) == pytest.approx(0.01, rel=1e-3)


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

    [full] = started().propose(1, LENGTH, seed=0)
    monkeypatch.setattr(toy.ToySpace, "active", active)
    strategy = started()
    # A space says which of its decisions can have no effect once.
    monkeypatch.setattr(strategy, "_neighbours", Neighbours(SPACE))
    [masked] = strategy.propose(1, LENGTH, seed=0)
    rollout = strategy.controller.unroll(
        SPACE.decisions, actions=np.array([full.actions])
    )
    assert masked.actions == full.actions
    assert full.log_prob - masked.log_prob == pytest.approx(
        float(rollout.log_probs[0, 1]), abs=1e-5
    )


def test_given_architectures_are_as_probable_as_drawn_ones():
    strategy = started()
    samples = strategy.propose(4, LENGTH, seed=0)
    log_probs = strategy.log_probs([s.actions for s in samples])
    assert log_probs == pytest.approx([s.log_prob for s in samples], abs=1e-5)


def test_starting_again_forgets_everything():
    strategy = started()
    first = strategy.propose(8, LENGTH, seed=5)
    for number in range(3):
        strategy.update([trial(s.actions, 0.1 * number) for s in first])
    assert strategy.propose(8, LENGTH, seed=5) != first
    strategy.start(SPACE, seed=1)
    assert strategy.average.value is None
    assert strategy.propose(8, LENGTH, seed=5) == first


@pytest.mark.parametrize(
    "options",
    [
        {"learning_rate": 0},
        {"clip_norm": 0},
        {"units": 0},
        {"num_layers": 1.5},
        {"temperature": 0},
        {"tanh_constant": -2},
        {"skip_weight": -1},
    ],
)
def test_bad_options_are_refused(options):
    with pytest.raises(UsageError, match="Received"):
        Reinforce(**options)


def test_accumulated_batches_make_one_step_of_their_mean_gradient():
    rows = [(0, 0, 0, 0, 0), (2, 1, 1, 3, 1), (1, 0, 1, 5, 2), (0, 1, 0, 7, 1)]
    batches = [
        [trial(row, reward) for row, reward in zip(rows[i : i + 2], pair)]
        for i, pair in ((0, (0.9, 0.1)), (2, (0.2, 0.8)))
    ]

    def moved(strategy, *trials):
        before = strategy.controller.get_weights()
        for batch in trials:
            strategy.average.value = 0.4
            strategy.variance.value = 0.25
            strategy.update(batch)
        after = strategy.controller.get_weights()
        return flat(after) - flat(before)

    def plain(accumulate):
        return started(plain=True, accumulate=accumulate)

    once = [moved(plain(1), batch) for batch in batches]
    assert np.abs(once[0] - once[1]).max() > 1e-3
    np.testing.assert_allclose(
        moved(plain(2), *batches), np.mean(once, axis=0), atol=1e-6
    )

    strategy = started(accumulate=2)
    assert not moved(strategy, batches[0]).any()
    assert moved(strategy, batches[1]).any()


def test_accumulation_goes_on_from_a_state():
    first = [trial((0, 0, 0, 0, 0), 0.9), trial((2, 1, 1, 3, 1), 0.1)]
    second = [trial((1, 0, 1, 5, 2), 0.2), trial((0, 1, 0, 7, 1), 0.8)]
    strategy = started(accumulate=2)
    strategy.update(first)
    state = written_and_read(strategy.state())
    strategy.update(second)
    expected = flat(strategy.controller.get_weights())
    strategy = started(accumulate=2)
    strategy.set_state(state)
    strategy.update(second)
    np.testing.assert_array_equal(
        flat(strategy.controller.get_weights()), expected
    )


@pytest.mark.slow
def test_skip_connections_are_drawn_to_their_prior():
    """Without any difference between rewards."""
    space = ENASMacro(num_layers=3, operations=("conv_3x3",), skip_target=0.2)
    strategy = Reinforce(
        learning_rate=0.1,
        entropy_weight=0.0,
        units=4,
        num_layers=1,
        skip_weight=1.0,
    )
    strategy.start(space, seed=1)

    def chosen():
        rollout = strategy.controller.unroll(space.decisions, 4, seed=0)
        return np.concatenate([np.ravel(p) for p in rollout.probabilities])

    np.testing.assert_allclose(chosen(), 0.5, atol=0.05)
    for _ in range(40):
        strategy.update([trial((0, 1, 2), 0.5)] * 2)
    np.testing.assert_allclose(chosen(), 0.2, atol=0.05)
