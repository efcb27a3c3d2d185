"""Tasks of arrays: batches, schedules, a training, and what it is worth."""

import dataclasses

import keras
import numpy as np
import pytest

from nas_tf.errors import UsageError
from nas_tf.recipe import Recipe
from nas_tf.tasks.array_classification import ArrayClassification

SIZES = {"train": 70, "valid": 30, "test": 20}


@dataclasses.dataclass(frozen=True)
class Halves(ArrayClassification):
    """Whether the first of three numbers is positive."""

    epochs: int = 3
    batch_size: int = 16
    reward_epochs: int = 2

    input_shape = (3,)
    num_outputs = 2

    def load(self, split):
        rng = np.random.default_rng(list(SIZES).index(split))
        inputs = rng.normal(size=(SIZES[split], 3)).astype(np.float32)
        return inputs, (inputs[:, 0] > 0).astype(np.int32)


def model():
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(2, "softmax")]
    )


def epoch(task, seed, number):
    return [x for x, _ in task.batches("train", seed, number)]


def test_batches_follow_from_seed_and_epoch():
    task = Halves()
    first = epoch(task, seed=1, number=0)
    np.testing.assert_array_equal(first, epoch(task, seed=1, number=0))
    for other in (epoch(task, 2, 0), epoch(task, 1, 1)):
        assert not np.array_equal(first, other)


def test_a_smaller_last_batch_is_dropped_unless_it_is_the_only_one():
    shapes = [x.shape for x in epoch(Halves(), 0, 0)]
    assert shapes == [(16, 3)] * (70 // 16)
    [alone] = epoch(Halves(batch_size=100), 0, 0)
    assert alone.shape == (70, 3)


def test_no_example_comes_twice_in_an_epoch():
    rows = np.concatenate(epoch(Halves(), 0, 0))
    assert len(np.unique(rows, axis=0)) == len(rows)


def test_a_task_may_change_its_training_examples():
    @dataclasses.dataclass(frozen=True)
    class Noisy(Halves):
        def chosen(self, split, rows, rng):
            inputs, targets = super().chosen(split, rows, rng)
            return inputs + rng.normal(size=inputs.shape), targets

    plain, noisy = epoch(Halves(), 0, 0), epoch(Noisy(), 0, 0)
    assert not np.array_equal(plain[0], noisy[0])
    np.testing.assert_array_equal(noisy, epoch(Noisy(), 0, 0))


@pytest.mark.parametrize(
    "schedule, rates",
    [
        ("constant", [0.1, 0.1, 0.1]),
        ("step", [0.1, 0.01, 0.001]),
        # Of 12 steps the first, the seventh and the one after the last.
        ("cosine", [0.1, 0.05, 0.0]),
    ],
)
def test_schedules(schedule, rates):
    task = Halves(schedule=schedule)
    optimizer = task.optimizer()
    optimizer.build(model().trainable_variables)
    steps = (0, 7, 12) if schedule == "step" else (0, 6, 12)
    for step, rate in zip(steps, rates):
        optimizer.iterations.assign(step)
        assert float(optimizer.learning_rate) == pytest.approx(rate, abs=1e-6)


def test_the_rate_falls_every_few_epochs():
    options = {"epochs": 6, "decay_epochs": 2.4, "decay_rate": 0.5}
    task = Halves(schedule="exponential", **options)
    optimizer = task.optimizer()
    steps = task.num_steps // 6
    for epochs, rate in ((0, 0.1), (2, 0.1), (3, 0.05), (5, 0.025)):
        optimizer.iterations.assign(epochs * steps)
        assert float(optimizer.learning_rate) == pytest.approx(rate)


def test_update_rules():
    task = Halves(update_rule="rmsprop", epsilon=1.0, rho=0.8, clip_norm=2)
    found = task.optimizer()
    assert isinstance(found, keras.optimizers.RMSprop)
    values = found.rho, found.epsilon, found.momentum, found.global_clipnorm
    assert values == (0.8, 1.0, 0.9, 2)
    for rule in ("nesterov", "momentum"):
        found = Halves(update_rule=rule).optimizer()
        assert isinstance(found, keras.optimizers.SGD)
        assert found.nesterov == (rule == "nesterov")
        assert found.momentum == 0.9
    with pytest.raises(UsageError, match="`update_rule`.*rmsprop. Received"):
        Halves(update_rule="adam")


def test_restarts_of_the_cosine():
    """ENAS's rates at the start of some of its 310 epochs."""
    task = Halves(learning_rate=0.05, schedule="restarts", lowest_rate=0.0005)
    optimizer = task.optimizer()
    optimizer.build(model().trainable_variables)
    for epoch, rate in {
        **{0: 0.05, 5: 0.02525, 9: 0.001711, 10: 0.05, 20: 0.02525},
        **{30: 0.05, 70: 0.05, 150: 0.05, 309: 0.000505},
    }.items():
        optimizer.iterations.assign(epoch * task.steps_per_epoch)
        assert float(optimizer.learning_rate) == pytest.approx(rate, abs=1e-6)


def test_a_rate_below_the_lowest_does_not_rise():
    task = Halves(learning_rate=0.05, schedule="restarts", lowest_rate=0.01)
    optimizer = task.optimizer(Recipe(learning_rate=0.001))
    optimizer.build(model().trainable_variables)
    for epoch in (0, 5, 9):
        optimizer.iterations.assign(epoch * task.steps_per_epoch)
        assert float(optimizer.learning_rate) == pytest.approx(0.001)


def test_one_cycle_of_the_rate():
    task = Halves(learning_rate=0.5, schedule="one_cycle", epochs=10)
    optimizer = task.optimizer()
    optimizer.build(model().trainable_variables)
    steps = task.num_steps
    rise = int(0.3 * steps)
    for step, rate in {
        **{0: 0.02, rise // 2: 0.26, rise: 0.5},
        **{rise + (steps - rise) // 2: 0.25, steps: 0},
    }.items():
        optimizer.iterations.assign(step)
        assert float(optimizer.learning_rate) == pytest.approx(rate, abs=0.02)


def test_a_recipe_has_the_last_word():
    task = Halves(schedule="constant")
    optimizer = task.optimizer(Recipe(0.5, keras.optimizers.RMSprop))
    assert isinstance(optimizer, keras.optimizers.RMSprop)
    assert float(optimizer.learning_rate) == pytest.approx(0.5)


def test_training_and_its_reward():
    task = Halves()
    network = model()
    history = task.fit(network, seed=0)
    assert [v is None for v in history["val_accuracy"]] == [True, False, False]
    best = max(history["val_accuracy"][1:])
    assert task.reward(history) == pytest.approx(best**3)
    assert task.metrics(history)["val_accuracy"] == best
    scores = task.evaluate(network, "valid")
    assert scores["accuracy"] == pytest.approx(history["val_accuracy"][-1])
    assert scores["loss"] == pytest.approx(history["val_loss"][-1], abs=1e-6)


@pytest.mark.parametrize(
    "options, wanted",
    [
        ({"epochs": 0}, "`epochs` to be a whole number from 1"),
        ({"momentum": 1}, r"`momentum` to be a number in \[0, 1\)"),
        ({"weight_decay": -1}, "`weight_decay` to be a finite number >= 0"),
        ({"reward_power": 0}, "`reward_power` to be a finite number > 0"),
        ({"restart_after": 0}, "`restart_after` to be a whole number from 1"),
        ({"restart_factor": 0.5}, "`restart_factor` to be a whole number"),
        ({"lowest_rate": 0.2}, "`lowest_rate` to be a number in"),
        (
            {"schedule": "linear"},
            "`schedule` to be one of cosine, one_cycle, restarts",
        ),
        ({"decay_at": (0.75, 0.5)}, "`decay_at` to be a tuple of ascending"),
        ({"decay_at": (0.5, 1.0)}, "`decay_at` to be a tuple of ascending"),
    ],
)
def test_options_out_of_range(options, wanted):
    with pytest.raises(UsageError, match=wanted):
        Halves(**options)


@pytest.mark.parametrize(
    "power, formula",
    [
        (1, "accuracy"),
        (3.0, "accuracy cubed"),
        (2.5, "accuracy to the power 2.5"),
    ],
)
def test_the_formula_of_the_reward_is_said(power, formula):
    assert Halves(reward_power=power).reward_formula == formula
