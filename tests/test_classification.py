"""The lesson of classification, compared with NumPy."""

import keras
import numpy as np
import pytest
from keras import ops

from nas_tf.errors import UsageError
from nas_tf.training import fit as training
from nas_tf.training.batches import weighted
from nas_tf.training.lessons.classification import Classification
from tests.backends import array
from tests.backends import gradients

CLASSES = 3


def make_data(count=8, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, CLASSES, count).astype(np.int32)
    return rng.normal(size=(count, 5)).astype(np.float32), y


def make_model(heads=1, penalty=None):
    """Returns a linear model whose outputs have weights of their own."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(1)
    inputs = keras.Input((5,))
    outputs = [
        keras.layers.Dense(
            CLASSES,
            "softmax",
            use_bias=False,
            kernel_initializer="random_normal",
            kernel_regularizer=penalty,
        )(inputs)
        for _ in range(heads)
    ]
    return keras.Model(inputs, outputs if heads > 1 else outputs[0])


def cross_entropy(probabilities, targets):
    return -(targets * np.log(probabilities)).sum(-1).mean()


def learn(lesson, model, x, y):
    batch = ops.convert_to_tensor(x), ops.convert_to_tensor(y)
    loss, figures, states = lesson.learn(model, batch, ())
    assert states == ()
    return float(array(loss)), array(figures)


def test_labels_are_smoothed_in_training_and_not_in_validation():
    x, y = make_data()
    model = make_model()
    probabilities = array(model(x))
    hard = np.eye(CLASSES)[y]
    for smoothing in (0.0, 0.1):
        lesson = Classification(label_smoothing=smoothing)
        targets = (1 - smoothing) * hard + smoothing / CLASSES
        wanted = cross_entropy(probabilities, targets)
        loss, figures = learn(lesson, model, x, y)
        np.testing.assert_allclose(loss, wanted, rtol=1e-5)
        np.testing.assert_allclose(figures[0], wanted, rtol=1e-5)
        scored = training.evaluate(model, lesson, weighted(x, y))
        wanted = cross_entropy(probabilities, hard)
        np.testing.assert_allclose(scored["loss"], wanted, rtol=1e-5)
        accuracy = (probabilities.argmax(-1) == y).mean()
        np.testing.assert_allclose(figures[1], accuracy)
        np.testing.assert_allclose(scored["accuracy"], accuracy)


def test_gradients_are_those_of_smoothed_labels():
    x, y = make_data()
    model = make_model()
    lesson = Classification(label_smoothing=0.2)
    [found] = gradients(
        lambda: lesson.learn(model, (x, y), ())[0], model.trainable_variables
    )
    targets = 0.8 * np.eye(CLASSES)[y] + 0.2 / CLASSES
    wanted = x.T @ (array(model(x)) - targets) / len(x)
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_a_second_output_counts_by_its_weight_in_training_only():
    x, y = make_data()
    model = make_model(heads=2)
    first, second = (array(output) for output in model(x))
    hard = np.eye(CLASSES)[y]
    losses = cross_entropy(first, hard), cross_entropy(second, hard)
    assert abs(losses[0] - losses[1]) > 1e-3
    for weight in (0.0, 0.4):
        lesson = Classification(auxiliary_weight=weight)
        loss, figures = learn(lesson, model, x, y)
        wanted = losses[0] + weight * losses[1]
        np.testing.assert_allclose(loss, wanted, rtol=1e-5)
        accuracy = (first.argmax(-1) == y).mean()
        np.testing.assert_allclose(figures, [wanted, accuracy], rtol=1e-5)
        scored = training.evaluate(model, lesson, weighted(x, y))
        np.testing.assert_allclose(scored["loss"], losses[0], rtol=1e-5)
        np.testing.assert_allclose(scored["accuracy"], accuracy, rtol=1e-5)


def test_training_reaches_the_second_output_by_its_weight():
    x, y = make_data()

    def changes(weight):
        model = make_model(heads=2)
        before = model.get_weights()
        training.fit(
            model,
            Classification(auxiliary_weight=weight),
            optimizer=keras.optimizers.SGD(0.1),
            batches=lambda epoch: [(x, y)],
            num_epochs=1,
        )
        pairs = zip(model.get_weights(), before)
        return [np.abs(after - old).max() for after, old in pairs]

    (first, whole), (same, part), (_, none) = map(changes, (1.0, 0.25, 0.0))
    assert none == 0 and whole > 1e-3
    np.testing.assert_allclose(part, whole / 4, rtol=1e-3)
    np.testing.assert_allclose(same, first, rtol=1e-5)


def test_penalties_are_part_of_the_training_loss_only():
    x, y = make_data()
    model = make_model(penalty=keras.regularizers.L2(0.5))
    lesson = Classification()
    loss, figures = learn(lesson, model, x, y)
    [kernel] = model.get_weights()
    # The engine adds penalties to the loss, the lesson to its figure.
    penalty = 0.5 * (kernel**2).sum()
    assert penalty > 1e-3
    np.testing.assert_allclose(figures[0], loss + penalty, rtol=1e-5)
    scored = training.evaluate(model, lesson, weighted(x, y))
    np.testing.assert_allclose(scored["loss"], loss, rtol=1e-5)


def test_a_missing_second_output_is_told():
    lesson = Classification(auxiliary_weight=0.4)
    with pytest.raises(UsageError, match="a second output.*one output"):
        learn(lesson, make_model(), *make_data())


@pytest.mark.parametrize(
    "name, value",
    [
        ("label_smoothing", 1.0),
        ("label_smoothing", -0.1),
        ("auxiliary_weight", -1),
        ("auxiliary_weight", "much"),
    ],
)
def test_wrong_values_are_refused(name, value):
    with pytest.raises(UsageError, match=f"Expected `{name}`"):
        Classification(**{name: value})
