"""The status of a child whose building or training fails."""

import math
import time

import pytest

from nas_tf import trial
from nas_tf.errors import UsageError
from nas_tf.evaluators.standalone import Standalone
from tests.toy import ToySpace
from tests.toy import ToyTask

ACTIONS = (1, 0, 1, 2, 0)


class FakeTask(ToyTask):
    """A task whose training is a function."""

    def __init__(self, fit=lambda: {}, reward=0.5, metrics=None):
        fields = {"_fit": fit, "_reward": reward, "_metrics": metrics or {}}
        self.__dict__.update(fields)

    def fit(self, model, seed, recipe):
        return self._fit()

    def reward(self, history):
        return self._reward

    def metrics(self, history):
        return self._metrics


def small_model():
    """Returns a model of two parameters."""
    import keras

    return keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])


class FakeSpace(ToySpace):
    """A space whose building is a function."""

    def __init__(self, build=small_model):
        self.__dict__.update(width=3, _build=build)

    def build(self, spec, task):
        return self._build()


def raising(error):
    def function():
        raise error

    return function


class ResourceExhaustedError(Exception):
    """Named as TensorFlow's."""


@pytest.mark.parametrize(
    "error, status",
    [
        (FloatingPointError("the loss is nan"), trial.NAN),
        (OverflowError("too large"), trial.NAN),
        (ZeroDivisionError("a bug"), trial.ERROR),
        (MemoryError("none left"), trial.OOM),
        (ResourceExhaustedError("none left"), trial.OOM),
        (ValueError("odd shapes"), trial.ERROR),
        (UsageError("Expected data. It is gone."), trial.ERROR),
    ],
)
def test_an_exception_in_training_is_a_status(error, status):
    result = Standalone().evaluate(
        FakeSpace(), FakeTask(raising(error)), ACTIONS, 1
    )
    assert result.status == status
    assert result.reward == 0.0
    assert result.spec == ToySpace().decode(ACTIONS).to_json()
    assert result.params == 2
    assert result.error.startswith("Traceback")
    assert result.error.endswith(f"{type(error).__name__}: {error}\n")


def test_an_architecture_that_cannot_be_built_is_invalid():
    space = FakeSpace(raising(UsageError("Expected two inputs.")))
    result = Standalone().evaluate(space, FakeTask(), ACTIONS, 1)
    assert result.status == trial.INVALID
    assert "Expected two inputs." in result.error.splitlines()[-1]
    assert result.spec == ToySpace().decode(ACTIONS).to_json()

    result = Standalone().evaluate(space, FakeTask(), (9, 9), 1)
    assert result.status == trial.INVALID
    assert result.spec is None


class NotFoundError(Exception):
    """Named as TensorFlow's."""


@pytest.mark.parametrize(
    "gone",
    [
        UsageError("Expected a folder."),
        FileNotFoundError(2, "gone"),
        NotFoundError("gone"),
    ],
)
@pytest.mark.parametrize("where", ["building", "training"])
def test_data_that_vanished_is_no_failure_of_the_child(gone, where):
    class Vanished(FakeTask):
        check = staticmethod(raising(gone))

    fails = raising(gone)
    built = where == "training"
    space = FakeSpace() if built else FakeSpace(fails)
    with pytest.raises(UsageError, match="Expected .*(a folder|gone)"):
        Standalone().evaluate(space, Vanished(fails), ACTIONS, 1)


def test_an_exception_in_building_is_an_error():
    space = FakeSpace(raising(ValueError("odd shapes")))
    result = Standalone().evaluate(space, FakeTask(), ACTIONS, 1)
    assert result.status == trial.ERROR


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("where", ["reward", "val_loss"])
def test_a_number_that_is_not_finite_is_a_status(number, where):
    numbers = {"reward": 0.5, "val_loss": 0.1, where: number}
    task = FakeTask(
        reward=numbers["reward"], metrics={"val_loss": numbers["val_loss"]}
    )
    result = Standalone().evaluate(FakeSpace(), task, ACTIONS, 1)
    assert result.status == trial.NAN
    assert result.reward == 0.0
    assert result.metrics == {}
    assert f"{where} is {number}" in result.error


def test_a_child_that_trains_is_ok():
    task = FakeTask(reward=0.25, metrics={"val_accuracy": 0.63})
    before = time.time()
    result = Standalone().evaluate(FakeSpace(), task, ACTIONS, 1)
    assert result.status == trial.OK
    assert result.reward == 0.25
    assert result.metrics == {"val_accuracy": 0.63}
    assert result.error == ""
    assert before <= result.started <= time.time()
    assert 0 <= result.seconds <= time.time() - before
