"""Children trained at the best of several learning rates."""

import keras
import pytest

from nas_tf import registry
from nas_tf import trial
from nas_tf.errors import NonFiniteLoss
from nas_tf.errors import UsageError
from nas_tf.evaluators.tuned import Tuned
from nas_tf.recipe import Recipe
from nas_tf.specs.update_rule import KNOWN
from nas_tf.specs.update_rule import Group
from nas_tf.specs.update_rule import UpdateRuleSpec
from nas_tf.training import fit as training

RATES = (1e-5, 0.1, 10.0)
SPACE = registry.make(
    "spaces",
    'update_rule(num_groups=2, network="dense(num_layers=1, units=(16,), '
    "activations=('relu',), skip_connections=False, dropouts=(0.0,))\", "
    "actions=())",
)
TASK = registry.make(
    "tasks",
    "digits(epochs=2, train_examples=128, valid_examples=100, reward_power=1)",
)


def evaluate(spec, rates=RATES, task=TASK):
    return Tuned(rates=rates).evaluate(SPACE, task, SPACE.encode(spec), 0)


def test_the_best_rate_is_found_and_kept():
    result = evaluate(KNOWN["sgd"])
    assert result.status == trial.OK
    assert result.metrics["learning_rate"] == 0.1
    assert SPACE.read_spec(result.spec) == SPACE.decode(
        SPACE.encode(KNOWN["sgd"])
    ).with_learning_rate(0.1)
    # The trials leave no trace in the training that counts.
    alone = evaluate(KNOWN["sgd"], rates=(0.1,))
    assert alone.reward == result.reward
    assert alone.metrics == result.metrics


def test_a_pruned_child_says_its_rate_too():
    class Stopping:
        def stops(self, epoch, value):
            return True

    row = SPACE.encode(KNOWN["sgd"])
    result = Tuned(rates=(0.1,)).evaluate(SPACE, TASK, row, 0, Stopping())
    assert result.status == trial.PRUNED
    assert result.metrics["learning_rate"] == 0.1
    rated = SPACE.decode(row).with_learning_rate(0.1)
    assert SPACE.read_spec(result.spec) == rated


@pytest.mark.slow
def test_trials_change_nothing_with_decays_and_averages():
    space = registry.make(
        "spaces",
        f"update_rule(num_groups=2, operands=('adam', 'ld', 'noise'), "
        f"network={SPACE.network!r}, actions=())",
    )
    spec = UpdateRuleSpec(
        (Group("adam", "ld"), Group("r1", "noise", combination="add"))
    )
    row = space.encode(spec)
    several, one = (
        Tuned(rates=rates).evaluate(space, TASK, row, 3)
        for rates in ((1e-4, 0.01), (0.01,))
    )
    assert several.metrics["learning_rate"] == 0.01
    assert several.metrics == one.metrics


def test_a_rule_that_diverges_at_every_rate_is_nan():
    log_of_0 = UpdateRuleSpec((Group("g", "1", "exp", "log_abs", "divide"),))
    spec = UpdateRuleSpec((*log_of_0.groups, Group("r1", "r1", "exp")))
    result = evaluate(spec)
    assert result.status == trial.NAN
    assert result.reward == 0


def test_one_trace_serves_all_trials(monkeypatch):
    if keras.backend.backend() != "tensorflow":
        pytest.skip("only TensorFlow's steps are traced so")
    from nas_tf.training.tensorflow_engine import TensorFlowEngine

    traced = []
    step = TensorFlowEngine._traced_step
    monkeypatch.setattr(
        TensorFlowEngine,
        "_traced_step",
        lambda *arguments: traced.append(1) or step(*arguments),
    )
    evaluate(KNOWN["adam"])
    assert len(traced) == 1


def test_an_epoch_ends_soon_after_a_loss_is_not_finite():
    taken = []

    def batches(epoch):
        for batch in TASK.batches("train", 0, epoch):
            taken.append(1)
            yield batch

    # As if an epoch were long.
    def long(epoch):
        for _ in range(10):
            yield from batches(epoch)

    with pytest.raises(NonFiniteLoss):
        training.fit(
            SPACE.build(KNOWN["sgd"], TASK),
            TASK.lesson(),
            optimizer=TASK.optimizer(Recipe(1e38)),
            batches=long,
            num_epochs=1,
        )
    assert len(taken) <= 4


@pytest.mark.parametrize(
    "options",
    [
        {"rates": ()},
        {"rates": (0.1, 0.1)},
        {"rates": (0,)},
        {"rates": 0.1},
        {"trial_epochs": 0},
    ],
)
def test_mistakes_are_one_line(options):
    with pytest.raises(UsageError, match=r"^Expected `.*Received"):
        Tuned(**options)
