"""Tests of `nas_tf.training.fit`: it computes what plain Keras computes."""

import keras
import numpy as np
import pytest

from nas_tf import errors
from nas_tf.training import fit as training
from nas_tf.training.batches import weighted
from nas_tf.training.lessons.classification import Classification
from tests.backends import BACKEND
from tests.backends import array

WEIGHT_DECAY = 0.01
NUM_EPOCHS = 3
STEPS = 4
BATCH = 8
LESSON = Classification()
HISTORY = ("loss", "accuracy", "val_loss", "val_accuracy")


class DecayedSGD(keras.optimizers.SGD):
    """The reference for coupled weight decay, added to the gradients."""

    def apply(self, grads, trainable_variables=None):
        variables = trainable_variables or self._trainable_variables
        pairs = zip(grads, variables, strict=True)
        grads = [g + WEIGHT_DECAY * w.value for g, w in pairs]
        return super().apply(grads, trainable_variables)


def make_model(depth=1, seed=1):
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    inputs = keras.Input((6, 6, 2))
    outputs = inputs
    for _ in range(depth):
        x = keras.layers.Conv2D(4, 3, padding="same", use_bias=False)(outputs)
        x = keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x)
        x = keras.layers.ReLU()(x)
        outputs = keras.layers.Concatenate()([outputs, x])
    outputs = keras.layers.GlobalAveragePooling2D()(outputs)
    outputs = keras.layers.Dense(3, activation="softmax")(outputs)
    return keras.Model(inputs, outputs)


def make_optimizer(kind=keras.optimizers.SGD):
    rate = keras.optimizers.schedules.CosineDecay(0.1, NUM_EPOCHS * STEPS)
    return kind(rate, momentum=0.9, nesterov=True)


def make_data(count, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, count).astype(np.int32)
    x = rng.normal(size=(count, 6, 6, 2)) + y[:, None, None, None]
    return x.astype(np.float32), y


def batches(epoch):
    x, y = make_data(STEPS * BATCH, seed=epoch)
    for start in range(0, len(x), BATCH):
        yield x[start : start + BATCH], y[start : start + BATCH]


def run_fit(model, **arguments):
    defaults = {
        "optimizer": make_optimizer(),
        "batches": batches,
        "num_epochs": NUM_EPOCHS,
        "validation": weighted(*make_data(21, seed=9)),
    }
    return training.fit(model, LESSON, **(defaults | arguments))


def assert_close(actual, expected):
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-4)


def assert_same_result(model, history, other, other_history):
    for name in HISTORY:
        assert_close(history[name], other_history[name])
    pairs = zip(model.get_weights(), other.get_weights(), strict=True)
    for weights, other_weights in pairs:
        assert_close(weights, other_weights)


def fit_with_keras(model):
    model.compile(
        make_optimizer(DecayedSGD),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    history = {name: [] for name in HISTORY}
    for epoch in range(NUM_EPOCHS):
        result = model.fit(
            *make_data(STEPS * BATCH, seed=epoch),
            batch_size=BATCH,
            shuffle=False,
            validation_data=make_data(21, seed=9),
            verbose=0,
        )
        for name in history:
            history[name] += result.history[name]
    return history


def test_fit_computes_what_keras_computes():
    reference = make_model(depth=3)
    expected = fit_with_keras(reference)
    model = make_model(depth=3)
    optimizer = make_optimizer()
    history = run_fit(model, optimizer=optimizer, weight_decay=WEIGHT_DECAY)
    assert_same_result(model, history, reference, expected)
    assert not any("call" in vars(layer) for layer in model.layers)
    assert not {"update_step", "_backend_update_step"} & set(vars(optimizer))
    assert int(array(optimizer.iterations)) == NUM_EPOCHS * STEPS


def test_xla_computes_the_same():
    model, other = make_model(), make_model()
    history = run_fit(model)
    other_history = run_fit(other, jit_compile=True)
    assert_same_result(model, history, other, other_history)


@pytest.mark.slow
def test_a_later_child_of_a_process_equals_the_first_bit_by_bit():
    children = []
    # The names of layers would get a second digit.
    for _ in range(12 if BACKEND == "tensorflow" else 4):
        model = make_model(seed=5)
        history = run_fit(
            model,
            optimizer=keras.optimizers.SGD(0.1),
            num_epochs=1,
            validation=None,
        )
        children.append((history, model.get_weights()))
    assert children[0][0] == children[-1][0]
    for first, last in zip(children[0][1], children[-1][1], strict=True):
        np.testing.assert_array_equal(first, last)


@pytest.mark.parametrize("validate_last, expected", [(1, 1), (0, 0)])
def test_last_epochs_are_validated(validate_last, expected):
    history = run_fit(make_model(), validate_last=validate_last)
    validated = [value is not None for value in history["val_accuracy"]]
    assert validated == [False] * (3 - expected) + [True] * expected
    assert [v is not None for v in history["val_loss"]] == validated


def test_on_epoch_gets_the_history_an_epoch_at_a_time():
    seen = []
    history = run_fit(
        make_model(), on_epoch=lambda epoch, logs: seen.append((epoch, logs))
    )
    assert [epoch for epoch, _ in seen] == [0, 1, 2]
    for name in HISTORY:
        assert [logs[name] for _, logs in seen] == history[name]


@pytest.mark.parametrize("batch_size", [4, 100])
def test_evaluate_counts_every_example_once(batch_size):
    model = make_model()
    x, y = make_data(21)
    probabilities = model.predict(x, verbose=0)
    metrics = training.evaluate(model, LESSON, weighted(x, y, batch_size))
    picked = probabilities[np.arange(21), y]
    assert_close(metrics["loss"], -np.log(picked).mean())
    assert_close(metrics["accuracy"], (probabilities.argmax(-1) == y).mean())


def test_loss_that_is_not_finite_ends_training():
    def broken(epoch):
        for x, y in batches(epoch):
            yield x * (np.nan if epoch == 1 else 1), y

    seen = []
    with pytest.raises(training.NonFiniteLoss, match="in epoch 1 of 3"):
        run_fit(
            make_model(),
            batches=broken,
            on_epoch=lambda epoch, logs: seen.append(epoch),
        )
    assert seen == [0]


def test_epoch_without_batches_is_refused():
    with pytest.raises(ValueError, match="Expected batches"):
        run_fit(make_model(), batches=lambda epoch: ())


def test_prefetched_batches_are_the_same():
    def batches(epoch):
        rng = np.random.default_rng(epoch)
        for _ in range(3):
            x = rng.normal(size=(8, 6, 6, 1)).astype(np.float32)
            yield x, rng.integers(0, 3, 8).astype(np.int32)

    def train(prefetch):
        keras.utils.clear_session()
        keras.utils.set_random_seed(0)
        model = keras.Sequential(
            [
                keras.Input((6, 6, 1)),
                keras.layers.Flatten(),
                keras.layers.Dense(3, "softmax"),
            ]
        )
        return training.fit(
            model,
            LESSON,
            optimizer=keras.optimizers.SGD(0.1),
            batches=batches,
            num_epochs=2,
            prefetch=prefetch,
        )

    assert train(prefetch=True) == train(prefetch=False)


def structured(kind):
    """Returns a model of two inputs, and batches for it."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(2)
    shapes = {"picture": (6, 6, 2), "number": (3,)}
    inputs = {n: keras.Input(shape, name=n) for n, shape in shapes.items()}
    x = keras.layers.Flatten()(inputs["picture"])
    x = keras.layers.Concatenate()([x, inputs["number"]])
    outputs = keras.layers.Dense(3, "softmax")(x)
    inputs = inputs if kind is dict else tuple(inputs.values())

    def given(count, seed):
        x, y = make_data(count, seed)
        numbers = np.random.default_rng(seed).normal(size=(count, 3))
        x = {"picture": x, "number": numbers.astype(np.float32)}
        return (x if kind is dict else tuple(x.values())), y

    def batches(epoch):
        for step in range(3):
            yield given(BATCH, seed=10 * epoch + step)

    return keras.Model(inputs, outputs), batches, given(13, seed=99)


def fit_structured(kind, prefetch):
    model, batches, held_out = structured(kind)
    history = training.fit(
        model,
        LESSON,
        optimizer=keras.optimizers.SGD(0.1),
        batches=batches,
        num_epochs=2,
        validation=weighted(*held_out, batch_size=5),
        prefetch=prefetch,
    )
    x, y = held_out
    probabilities = model.predict(x, verbose=0)
    picked = probabilities[np.arange(len(y)), y]
    assert_close(history["val_loss"][-1], -np.log(picked).mean())
    return history


def test_inputs_are_structures_prefetched_or_not():
    histories = [
        fit_structured(kind, prefetch)
        for kind in (dict, tuple)
        for prefetch in (False, True)
    ]
    for history in histories[1:]:
        for name in HISTORY:
            assert_close(history[name], histories[0][name])


def test_rates_are_those_of_the_epochs():
    x, y = make_data(BATCH)
    model, by_hand = make_model(), make_model()
    run_fit(
        model,
        optimizer=keras.optimizers.SGD(7.0),
        batches=lambda epoch: [(x, y)],
        learning_rate=lambda epoch: 0.4 / 2**epoch,
        validation=None,
    )
    for rate in (0.4, 0.2, 0.1):
        run_fit(
            by_hand,
            optimizer=keras.optimizers.SGD(rate),
            batches=lambda epoch: [(x, y)],
            num_epochs=1,
            validation=None,
        )
    pairs = zip(model.get_weights(), by_hand.get_weights(), strict=True)
    for weights, wanted in pairs:
        assert_close(weights, wanted)


def test_other_backends_are_refused(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "numpy")
    with pytest.raises(errors.UsageError, match="Received: numpy$"):
        training.evaluate(make_model(), LESSON, weighted(*make_data(3)))
