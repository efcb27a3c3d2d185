"""Networks that are trained in half precision."""

import keras
import numpy as np
import pytest

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.layers.drop_path import TrainingProgress
from nas_tf.training import fit as training
from nas_tf.training import precision
from nas_tf.training.batches import weighted
from nas_tf.training.lessons.classification import Classification
from tests.backends import BACKEND
from tests.backends import array

HALVES = ("bfloat16", "float16")
SPACES = {
    "conv": "conv(num_layers=4, num_filters=(4, 8))",
    "contrast": "conv(num_layers=4, num_filters=(4,), "
    "layer_types=('conv', 'lcn'))",
    "nasnet": "nasnet(num_blocks=2, num_repeats=1, filters=4, "
    "drop_path_keep=0.8, combinations=('add', 'concat', 'add_layer_norm'))",
    "nasbench201": "nasbench201(cells=1, channels=4)",
}
CELLS = "nasnet(num_blocks=1, num_repeats=1, filters=4)"
TASK = (
    "digits(image_size=16, train_examples=64, valid_examples=64, "
    "epochs=1, auxiliary_weight={}, precision='{}')"
)


def parts(name, half):
    weight = 0.4 if name == "nasnet" else 0.0
    space = registry.make("spaces", SPACES.get(name, name))
    return space, registry.make("tasks", TASK.format(weight, half))


def build(name, half, seed):
    """Returns a random child and its task; weights do not depend on `half`."""
    space, task = parts(name, half)
    rng = np.random.default_rng(seed)
    spec = space.decode(tuple(d.random(rng) for d in space.decisions))
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    with precision.scope(task):
        model = space.build(spec, task)
    return model, task


def losses(model, task):
    """Returns a training batch's loss and its loss when held out.

    The first moves the moving statistics, which the second depends on. Nothing
    is compiled but on JAX, which would compile each operation by itself.
    """
    x, y = next(task.batches("train", 0, 0))
    lesson = task.lesson()
    if BACKEND == "jax":
        history = training.fit(
            model,
            lesson,
            optimizer=keras.optimizers.SGD(0.0),
            batches=lambda epoch: [(x, y)],
            num_epochs=1,
            validation=weighted(x, y),
        )
        return np.array([history["loss"][0], history["val_loss"][0]])
    loss, _, _ = lesson.learn(model, (x, y), ())
    sums, count, _ = lesson.score(model, (x, y, np.ones(len(y), "float32")), ())
    return np.array([float(array(loss)), array(sums)[0] / array(count)])


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(SPACES))
def test_random_children_have_losses_as_in_float32(name):
    if BACKEND == "jax" and name != "contrast":
        pytest.skip("JAX compiles for seconds, and the next test has cells")
    for seed in range(1 if BACKEND == "jax" else 2):
        expected = losses(*build(name, "float32", seed))
        for half, tolerance in zip(HALVES, (0.05, 0.01)):
            model, task = build(name, half, seed)
            assert model.compute_dtype == half
            weights = model.trainable_weights
            assert {w.dtype for w in weights} == {"float32"}
            found = losses(model, task)
            np.testing.assert_allclose(found, expected, rtol=tolerance)
            assert (found != expected).any()


@pytest.mark.slow
def test_cells_learn_as_in_float32():
    histories = {}
    for half in ("float32", *HALVES):
        model, task = build(CELLS, half, 0)
        batch = next(task.batches("train", 0, 0))
        before = model.get_weights()
        histories[half] = training.fit(
            model,
            task.lesson(),
            optimizer=keras.optimizers.SGD(0.05, momentum=0.9),
            batches=lambda epoch, batch=batch: [batch],
            num_epochs=4,
        )["loss"]
        assert model.compute_dtype == half
        assert {w.dtype for w in model.weights} == {"float32"}
        assert any(map(np.any, map(np.subtract, model.get_weights(), before)))
    expected = histories.pop("float32")
    assert expected[-1] < 0.9 * expected[0]
    for found in histories.values():
        np.testing.assert_allclose(found, expected, rtol=0.05)
        assert found != expected


@pytest.mark.parametrize("half", HALVES)
def test_outputs_are_in_float32(half):
    model, task = build("nasnet", half, 0)
    x, _ = next(task.batches("train", 0, 0))
    # Compiled, which on JAX is faster than one operation at a time.
    outputs = model.predict_on_batch(x[:2])
    assert len(outputs) == 2
    for output in outputs:
        assert output.dtype == np.float32
        np.testing.assert_allclose(output.sum(-1), 1, rtol=1e-6)


@pytest.mark.parametrize("failing", [False, True])
def test_the_policy_of_keras_is_left_as_it_was(failing):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    space, task = parts("conv", "float16")
    evaluator = registry.make("evaluators", "standalone")
    actions = (0,) * len(space.decisions)
    try:
        result = evaluator.evaluate(
            space, task, () if failing else actions, seed=0
        )
        assert keras.config.dtype_policy().name == "mixed_bfloat16"
    finally:
        keras.config.set_dtype_policy(before)
    assert (result.status == "ok") is not failing


def small(half="float16"):
    """A network whose last layer is in half precision too."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(0)
    policy = f"mixed_{half}" if half in HALVES else half
    image = keras.Input((4,))
    dense = keras.layers.Dense(3, "softmax", dtype=policy)
    model = keras.Model(image, dense(image))
    model.dtype_policy = policy
    return model


def fit_small(model, batch, epochs, **arguments):
    optimizer = keras.optimizers.SGD(0.1, momentum=0.9)
    history = training.fit(
        model,
        Classification(),
        optimizer=optimizer,
        batches=lambda epoch: [batch],
        num_epochs=epochs,
        **arguments,
    )
    return history, optimizer


def batch(scale=1.0):
    rng = np.random.default_rng(0)
    x = scale * rng.normal(size=(8, 4)).astype(np.float32)
    return x, np.array([0, 1, 2, 0, 1, 2, 0, 1], np.int32)


def test_gradients_too_small_for_float16_are_not_lost():
    """The inputs make the gradients 1e-8, and weight decay is not scaled."""
    changes = []
    for half in ("float32", "float16"):
        model = small(half)
        before = model.get_weights()
        fit_small(model, batch(1e-5), 2, weight_decay=1e-6)
        changes.append(
            [a - b for a, b in zip(model.get_weights(), before, strict=True)]
        )
    for wanted, found in zip(*changes, strict=True):
        assert np.abs(wanted).max() > 0
        scale = np.abs(wanted).max()
        np.testing.assert_allclose(found / scale, wanted / scale, atol=0.02)


def test_a_step_whose_gradients_overflow_is_skipped():
    model = small()
    model.set_weights([0 * weights for weights in model.get_weights()])
    # The first gradients are about 100, times a scale of 32,768.
    history, optimizer = fit_small(model, batch(300.0), 12)
    taken = int(array(optimizer.iterations))
    assert 0 < taken < 12
    assert np.isfinite(history["loss"]).all()
    assert history["loss"][-1] != history["loss"][0]
    assert all(np.isfinite(weights).all() for weights in model.get_weights())


def test_steps_are_counted_in_half_precision_too():
    layer = TrainingProgress(4096, dtype="mixed_bfloat16")
    x = np.zeros((1, 1), "float32")
    layer(x)
    layer.step.assign(2049)
    shares = [float(array(layer(x, training=True))) for _ in range(2)]
    assert shares == [2049 / 4096, 2050 / 4096]


def test_precision_is_checked():
    with pytest.raises(UsageError, match="`precision`.*bfloat16.*Received"):
        registry.make("tasks", "digits(precision='half')")
