"""Losses and metrics by name, and what a value of a metric is worth."""

import keras
import pytest

from nas_tf.errors import UsageError
from nas_tf.tasks import _objective
from nas_tf.tasks._objective import Objective

PAIRS = [
    (loss, metric)
    for loss, kind in _objective.KIND_OF.items()
    for metric in _objective.METRICS[kind]
]
# Keras's class of an alias without one of its own.
TARGETS_DECIDE = {"accuracy"}


@pytest.mark.parametrize("loss", _objective.KIND_OF)
def test_every_loss_is_one_of_keras(loss):
    assert callable(keras.losses.get(loss))
    activation = Objective(loss, "accuracy").activation
    assert callable(keras.activations.get(activation))


@pytest.mark.parametrize("kind", _objective.METRICS)
def test_every_metric_is_one_of_keras_with_the_same_direction(kind):
    for name, range_ in _objective.METRICS[kind].items():
        metric = keras.metrics.get(name)
        if name in TARGETS_DECIDE:
            continue
        direction = getattr(metric, "_direction", None)
        # Keras does not say it of precision and recall.
        if direction is not None:
            wanted = "down" if range_ == _objective.ERROR else "up"
            assert direction == wanted, name


def test_names_are_those_of_keras_in_any_form():
    for metrics in _objective.METRICS.values():
        for name in metrics:
            cls = type(keras.metrics.get(name))
            assert _objective.canonical(cls.__name__) == name
    for given, wanted in [
        ("AUC", "auc"),
        ("MSE", "mean_squared_error"),
        ("R2Score", "r2_score"),
        ("F1Score", "f1_score"),
        ("FBetaScore", "f_beta_score"),
        ("KLDivergence", "kl_divergence"),
        ("rmse", "root_mean_squared_error"),
    ]:
        assert _objective.canonical(given) == wanted


@pytest.mark.parametrize("loss, metric", PAIRS)
def test_a_reward_grows_as_the_metric_gets_better(loss, metric):
    objective = Objective(loss, metric)
    worst_first = {
        _objective.SHARE: [0, 0.2, 0.5, 1],
        _objective.UP_TO_ONE: [-1e6, -1, 0, 0.5, 1],
        _objective.ERROR: [1e6, 10, 1, 0],
    }[objective.range]
    rewards = [objective.reward(value, 3, 2.0) for value in worst_first]
    assert rewards == sorted(rewards) and len(set(rewards)) == len(rewards)
    # A child that fails has 0.
    assert rewards[0] >= 0 and rewards[-1] == 1
    assert objective.lower_is_better == (worst_first[0] > worst_first[-1])
    assert objective.show(0.5)


def test_the_constant_prediction_has_half_the_reward():
    assert Objective("huber", "mean_squared_error").reward(7, 3, 7) == 0.5
    assert Objective("huber", "r2_score").reward(0, 3, 1.0) == 0.5


@pytest.mark.parametrize(
    "call, wanted",
    [
        (
            lambda: _objective.check_loss("mse_loss"),
            "Expected a loss by the name that Keras has for it, one of .*"
            "Received: loss='mse_loss'",
        ),
        (lambda: _objective.check_loss(3), "Received: loss=3"),
        (lambda: _objective.check_loss("msee"), "Did you mean 'mse'"),
        (
            lambda: _objective.check_loss("mean_squard_error"),
            "Did you mean 'mean_squared_error'",
        ),
        (
            lambda: _objective.check_metric("auc", "huber"),
            "metric of a regression task .*Received: metric='auc'",
        ),
        (
            lambda: _objective.check_metric("r2_score", "binary_crossentropy"),
            "metric of a multi-label task",
        ),
    ],
)
def test_unknown_names_are_told(call, wanted):
    with pytest.raises(UsageError, match=wanted) as caught:
        call()
    assert "\n" not in str(caught.value)
