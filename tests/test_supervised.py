"""The lesson of any loss and metric, compared with Keras and NumPy."""

import keras
import numpy as np
import pytest
from keras import ops

from nas_tf.tasks import _objective
from nas_tf.tasks._objective import Objective
from nas_tf.training import fit as training
from nas_tf.training.batches import weighted
from nas_tf.training.lessons.classification import Classification
from nas_tf.training.lessons.supervised import Supervised
from nas_tf.training.lessons.supervised import make_metric
from tests.backends import array

K = 3
# Every loss and every metric at least once.
PAIRS = [
    (losses[number % len(losses)], metric)
    for kind, losses in ((k, list(v)) for k, v in _objective.LOSSES.items())
    for number, metric in enumerate(_objective.METRICS[kind])
]


def data(loss, count=21):
    """Returns inputs and targets that suit a loss."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(count, 5)).astype(np.float32)
    kind = _objective.KIND_OF[loss]
    if kind == _objective.REGRESSION:
        return x, rng.uniform(1, 3, (count, K)).astype(np.float32)
    if kind == _objective.MULTI_LABEL:
        return x, rng.integers(0, 2, (count, K)).astype(np.float32)
    classes = rng.integers(0, K, count).astype(np.int32)
    if loss.startswith("sparse"):
        return x, classes
    return x, np.eye(K, dtype=np.float32)[classes]


def network(activation):
    keras.utils.clear_session()
    keras.utils.set_random_seed(1)
    inputs = keras.Input((5,))
    return keras.Model(inputs, keras.layers.Dense(K, activation)(inputs))


def lesson(loss, metric, **options):
    name = Objective(loss, metric).keras_metric()
    return Supervised(loss, name, K, title=metric, **options)


@pytest.mark.parametrize("loss, metric", PAIRS)
def test_scores_are_those_of_keras(loss, metric):
    """The batches are several, and the last is filled up."""
    x, y = data(loss)
    model = network(Objective(loss, metric).activation)
    found = training.evaluate(
        model, lesson(loss, metric), weighted(x, y, batch_size=8)
    )
    outputs = array(model(x))
    losses = keras.losses.get(loss)(y, outputs)
    np.testing.assert_allclose(found["loss"], array(losses).mean(), rtol=1e-4)
    name = Objective(loss, metric).keras_metric()
    targets = y
    if y.ndim == 1 and not name.startswith("sparse"):
        targets = np.eye(K)[y]
    wanted = make_metric(name, K)
    wanted.update_state(targets, outputs)
    np.testing.assert_allclose(
        found[metric], array(wanted.result()), rtol=1e-4, atol=1e-6
    )


def test_accuracy_and_cross_entropy_are_those_of_classification():
    x, y = data("sparse_categorical_crossentropy")
    histories = []
    for taught in (
        Classification(),
        lesson("sparse_categorical_crossentropy", "accuracy"),
    ):
        histories.append(
            training.fit(
                network("softmax"),
                taught,
                optimizer=keras.optimizers.SGD(0.1),
                batches=lambda epoch: [(x[:10], y[:10]), (x[10:20], y[10:20])],
                num_epochs=2,
                validation=weighted(x, y),
            )
        )
    first, second = histories
    assert list(first) == list(second)
    for name in first:
        np.testing.assert_allclose(first[name], second[name], rtol=1e-5)


def test_a_training_figure_is_the_metric_of_the_whole_epoch():
    """A metric that is no mean over examples is not averaged over batches."""
    metric = "r2_score"
    x, y = data("mean_squared_error", 20)
    model = network("linear")
    outputs = array(model(x))
    history = training.fit(
        model,
        lesson("mean_squared_error", metric),
        optimizer=keras.optimizers.SGD(1e-12),
        batches=lambda epoch: [(x[:10], y[:10]), (x[10:], y[10:])],
        num_epochs=1,
    )
    wanted = keras.metrics.get(metric)
    wanted.update_state(y, outputs)
    np.testing.assert_allclose(
        history[metric], [array(wanted.result())], rtol=1e-4
    )


def learned(taught, x, y, activation="linear"):
    model = network(activation)
    batch = ops.convert_to_tensor(x), ops.convert_to_tensor(y)
    taught.start(model, len(y))
    loss, figures, _ = taught.learn(model, batch, ())
    return float(array(loss)), float(array(figures)[0]), array(model(x))


def test_numbers_are_scaled_in_training_only():
    x, y = data("mean_squared_error")
    centre, width = (1.0, 2.0, 3.0), (0.5, 2.0, 4.0)
    taught = lesson(
        "mean_squared_error", "r2_score", centre=centre, width=width
    )
    loss, shown, outputs = learned(taught, x, y)
    errors = (outputs - y) ** 2
    np.testing.assert_allclose(shown, errors.mean(), rtol=1e-5)
    scaled = (errors / np.square(width)).mean()
    np.testing.assert_allclose(loss, scaled, rtol=1e-5)
    assert abs(loss - shown) > 0.1


@pytest.mark.parametrize(
    "loss", ["sparse_categorical_crossentropy", "categorical_crossentropy"]
)
def test_examples_count_by_the_weight_of_their_class(loss):
    x, y = data(loss)
    weights = (0.5, 1.0, 4.0)
    taught = lesson(loss, "accuracy", class_weight=weights)
    minimised, shown, outputs = learned(taught, x, y, "softmax")
    losses = array(keras.losses.get(loss)(y, outputs))
    classes = y if y.ndim == 1 else y.argmax(1)
    wanted = (losses * np.array(weights)[classes]).mean()
    np.testing.assert_allclose(minimised, wanted, rtol=1e-5)
    np.testing.assert_allclose(shown, losses.mean(), rtol=1e-5)


def test_one_label_has_a_weight_for_each_of_its_two_values():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(9, 5)).astype(np.float32)
    y = (np.arange(9) % 2).astype(np.float32)[:, None]
    taught = Supervised(
        "binary_crossentropy", "auc", 1, class_weight=(1.0, 3.0)
    )
    keras.utils.set_random_seed(1)
    inputs = keras.Input((5,))
    outputs = keras.layers.Dense(1, "sigmoid")(inputs)
    model = keras.Model(inputs, outputs)
    batch = ops.convert_to_tensor(x), ops.convert_to_tensor(y)
    loss, _, _ = taught.learn(model, batch, ())
    losses = array(keras.losses.binary_crossentropy(y, array(model(x))))
    wanted = (losses * np.where(y[:, 0] == 1, 3, 1)).mean()
    np.testing.assert_allclose(float(array(loss)), wanted, rtol=1e-5)


def test_the_metric_of_given_outputs():
    y = np.array([[0.0], [2.0]], np.float32)
    taught = Supervised("mean_squared_error", "mean_absolute_error", 1)
    assert taught.metric_of(y, np.zeros((2, 1), np.float32)) == 1.0
    taught = Supervised("sparse_categorical_crossentropy", "auc", K)
    good = np.eye(K, dtype=np.float32)
    assert taught.metric_of(np.arange(K, dtype=np.int32), good) == 1.0
