"""The lesson of language modelling, compared with NumPy."""

import keras
import numpy as np
import pytest

from nas_tf.training import fit as training
from nas_tf.training.batches import whole_windows
from nas_tf.training.batches import windows
from nas_tf.training.lessons.language_modelling import LanguageModelling
from tests.backends import array
from tests.toy_language_models import Bigram
from tests.toy_language_models import Recurrent

SYMBOLS = 5
LESSON = LanguageModelling()


def stream(count, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, SYMBOLS, count).astype(np.int32)


def make_rows(rows, length, seed=0):
    text = stream(rows * length + 1, seed)
    return text[:-1].reshape(rows, -1), text[1:].reshape(rows, -1)


def make_table(seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(SYMBOLS, SYMBOLS)).astype(np.float32)


def make_recurrent(seed=1):
    keras.utils.set_random_seed(seed)
    return Recurrent(SYMBOLS)


def probabilities(table):
    powers = np.exp(table.astype(np.float64))
    return powers / powers.sum(1, keepdims=True)


def nats(table, inputs, targets):
    return -np.log(probabilities(table)[inputs, targets])


def gradient(table, inputs, targets):
    """Returns the gradient of the sum over steps of the mean over rows."""
    total = np.zeros(table.shape)
    for x, y in zip(inputs.ravel(), targets.ravel()):
        total[x] += probabilities(table)[x] - np.eye(SYMBOLS)[y]
    return total / len(inputs)


def run_fit(model, rows, rate=0.5, clip=None, steps=3, **arguments):
    defaults = {"num_epochs": 1, "jit_compile": False}
    return training.fit(
        model,
        LESSON,
        optimizer=keras.optimizers.SGD(rate, global_clipnorm=clip),
        batches=lambda epoch: whole_windows(*rows, steps),
        **(defaults | arguments),
    )


def evaluate(model, inputs, targets, steps):
    batches = windows(inputs, targets, steps)
    return training.evaluate(model, LESSON, batches)["loss"]


@pytest.mark.parametrize("clip", [0.3, 1000.0])
@pytest.mark.parametrize("jit_compile", [False, True])
def test_fit_computes_the_gradients_computed_by_hand(clip, jit_compile):
    inputs, targets = make_rows(4, 6)
    table = make_table()
    model = Bigram(table)
    history = run_fit(
        model, (inputs, targets), clip=clip, jit_compile=jit_compile
    )
    losses = []
    for start in (0, 3):
        window = slice(start, start + 3)
        losses.append(nats(table, inputs[:, window], targets[:, window]))
        step = gradient(table, inputs[:, window], targets[:, window])
        norm = np.linalg.norm(step)
        assert 0.3 < norm < 1000
        table = table - 0.5 * step * min(1, clip / norm)
    np.testing.assert_allclose(model.table.numpy(), table, atol=1e-5)
    np.testing.assert_allclose(history["loss"], np.mean(losses), atol=1e-5)
    assert history["val_loss"] == [None]


def test_penalties_of_weights_join_the_gradient_and_no_loss():
    rows = make_rows(2, 3)
    table = make_table()
    model = Bigram(table)
    model.table.regularizer = keras.regularizers.L2(0.1)
    history = run_fit(model, rows)
    expected = table - 0.5 * (gradient(table, *rows) + 0.2 * table)
    np.testing.assert_allclose(model.table.numpy(), expected, atol=1e-5)
    np.testing.assert_allclose(
        history["loss"], nats(table, *rows).mean(), atol=1e-5
    )


def test_gradients_end_at_the_edge_of_a_window():
    inputs = np.array([[0, 1]], np.int32)
    targets = np.array([[1, 2]], np.int32)

    def change_by_second_target(steps):
        """Returns how the second target changes what the first step reads."""
        reads = []
        for last in (2, 3):
            model = make_recurrent()
            changed = np.where(targets == 2, last, targets).astype(np.int32)
            run_fit(model, (inputs, changed), steps=steps)
            reads.append(model.read.numpy()[0])
        return np.abs(reads[0] - reads[1]).max()

    assert change_by_second_target(steps=1) == 0
    assert change_by_second_target(steps=2) > 1e-3


def test_memory_is_carried_over_windows_and_not_over_epochs():
    model = make_recurrent()
    inputs, targets = make_rows(2, 12)
    # A rate of 0 leaves the weights, so every epoch has the same loss.
    history = run_fit(model, (inputs, targets), rate=0.0, steps=4, num_epochs=3)
    whole = evaluate(model, inputs, targets, 12)
    np.testing.assert_allclose(history["loss"], [whole] * 3, atol=1e-5)
    forgetful = [
        evaluate(model, x, y, 4) for x, y in windows(inputs, targets, 4)
    ]
    assert abs(np.mean(forgetful) - whole) > 1e-3


def test_evaluation_does_not_depend_on_the_window():
    model = make_recurrent()
    inputs, targets = make_rows(1, 24)
    losses = [
        evaluate(model, inputs, targets, steps) for steps in (7, 20, 24, 50)
    ]
    states, total = model.initial_states(1), 0
    for x, y in zip(inputs.T, targets.T):
        logits, states = model.advance(x[None], states)
        row = array(logits)[0, 0].astype(np.float64)
        total += np.log(np.exp(row).sum()) - row[y[0]]
    np.testing.assert_allclose(losses, [total / 24] * 4, atol=1e-5)


def test_targets_below_0_do_not_count():
    inputs, targets = make_rows(3, 5)
    table = make_table()
    targets[2, 1:] = -1
    counts = targets >= 0
    expected = nats(table, inputs[counts], targets[counts]).mean()
    for steps in (1, 2, 5):
        loss = evaluate(Bigram(table), inputs, targets, steps)
        np.testing.assert_allclose(loss, expected, atol=1e-5)


def test_rates_are_those_of_the_epochs():
    rows = make_rows(2, 3)
    table = make_table()
    model = Bigram(table)
    run_fit(
        model, rows, num_epochs=3, learning_rate=lambda epoch: 0.4 / 2**epoch
    )
    for rate in (0.4, 0.2, 0.1):
        table = table - rate * gradient(table, *rows)
    np.testing.assert_allclose(model.table.numpy(), table, atol=1e-5)


@pytest.mark.parametrize("last, expected", [(None, 3), (2, 2), (0, 0)])
def test_last_epochs_are_validated(last, expected):
    validation = make_rows(2, 4, seed=3)
    model = make_recurrent()
    seen = []
    history = run_fit(
        model,
        make_rows(2, 3),
        num_epochs=3,
        validation=list(windows(*validation, 3)),
        validate_last=last,
        on_epoch=lambda epoch, logs: seen.append((epoch, logs)),
    )
    validated = [value is not None for value in history["val_loss"]]
    assert validated == [False] * (3 - expected) + [True] * expected
    if expected:
        after = evaluate(model, *validation, 3)
        np.testing.assert_allclose(history["val_loss"][-1], after, atol=1e-5)
    assert [epoch for epoch, _ in seen] == [0, 1, 2]
    for name in history:
        assert [logs[name] for _, logs in seen] == history[name]


def test_equal_children_are_equal_bit_by_bit():
    children = []
    for _ in range(3):
        model = make_recurrent()
        history = run_fit(model, make_rows(2, 12), num_epochs=2)
        children.append((history, model.get_weights()))
    for history, weights in children[1:]:
        assert history == children[0][0]
        for one, other in zip(weights, children[0][1], strict=True):
            np.testing.assert_array_equal(one, other)


def test_loss_that_is_not_finite_ends_training():
    seen = []
    with pytest.raises(training.NonFiniteLoss, match="in epoch 1 of 3"):
        run_fit(
            make_recurrent(),
            make_rows(2, 3),
            num_epochs=3,
            learning_rate=lambda epoch: np.nan if epoch == 0 else 1.0,
            on_epoch=lambda epoch, logs: seen.append(epoch),
        )
    assert seen == [0]
