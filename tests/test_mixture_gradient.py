"""The gradients that DARTS learns from."""

import keras
import numpy as np
import pytest

from nas_tf import registry
from nas_tf.layers.choice import Choice
from nas_tf.training.mixture_gradient import mixture_gradient

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="mixtures need TensorFlow"
)
XI = 0.3


@pytest.fixture(scope="module")
def made():
    """Returns task, model and mixture, and a batch of either split."""
    keras.utils.set_random_seed(0)
    task = registry.make("tasks", "digits(batch_size=50)")
    model = smooth(task)
    mixture = np.random.default_rng(0).dirichlet(np.ones(3), 3)
    batches = [next(task.batches(s, 0, 0)) for s in ("valid", "train")]
    return task, model, mixture.astype("float32"), *batches


def test_first_order_is_the_gradient_of_the_validation_loss(made):
    task, model, mixture, held_out, _ = made
    found = mixture_gradient(model, task.lesson())(mixture, held_out, None)
    assert found.shape == mixture.shape
    for place in ((0, 1), (2, 0)):
        step = np.zeros_like(mixture)
        step[place] = 0.01
        above, below = (
            loss_of(task, model, mixture + side * step, held_out)
            for side in (1, -1)
        )
        assert found[place] == pytest.approx((above - below) / 0.02, abs=2e-3)


def test_second_order_looks_a_step_ahead_and_leaves_the_weights(made):
    task, model, mixture, held_out, training = made
    lesson = task.lesson()
    before = model.get_weights()
    first, second = (
        mixture_gradient(model, lesson, rate)(mixture, held_out, training)
        for rate in (0.0, XI)
    )
    for old, new in zip(before, model.get_weights()):
        np.testing.assert_array_equal(old, new)
    exact = derivative_through_the_step(made)
    assert np.linalg.norm(second - exact) < 1e-3 * np.linalg.norm(exact)
    # Neither half of it would pass: not the gradient before the step, and not
    # that after it without the second derivatives.
    assert np.linalg.norm(first - exact) > 0.2 * np.linalg.norm(exact)
    after = gradient_after_the_step(made)
    assert np.linalg.norm(after - exact) > 0.1 * np.linalg.norm(exact)


def smooth(task):
    """Returns a model without ReLU, at whose kinks differences go wrong."""
    image = keras.Input(task.input_shape)
    actions = keras.Input(batch_shape=(3, 3), dtype="float32")
    x = keras.layers.Dense(8, "tanh")(keras.layers.Flatten()(image))
    for number in range(3):
        branches = [
            keras.layers.Identity(),
            keras.layers.Dense(8, "tanh"),
            keras.layers.Dense(8, "softplus"),
        ]
        x = Choice(branches)(x, actions[number])
    outputs = keras.layers.Dense(task.num_outputs, "softmax")(x)
    return keras.Model([image, actions], outputs)


def loss_of(task, model, mixture, batch):
    x, y = batch
    return float(task.lesson().learn(model, ((x, mixture), y), ())[0])


def gradient_after_the_step(made):
    return _by_tapes(made, through=False)


def derivative_through_the_step(made):
    return _by_tapes(made, through=True)


def _by_tapes(made, through):
    """Returns the derivative of the loss after the step, by nested tapes."""
    import tensorflow as tf

    task, model, mixture, held_out, training = made
    lesson = task.lesson()
    values = [tf.identity(v.value) for v in model.trainable_variables]
    mixture = tf.constant(mixture)

    def loss(weights, batch):
        x, y = batch

        def of_weights(inputs, training):
            # Tensors in place of variables, so that the step has a gradient.
            return model.stateless_call(weights, [], inputs, training)[0]

        of_weights.losses = []
        return lesson.learn(of_weights, ((x, mixture), y), ())[0]

    with tf.GradientTape() as outer:
        outer.watch(mixture)
        with tf.GradientTape() as inner:
            inner.watch(values)
            trained = loss(values, training)
        steps = inner.gradient(trained, values)
        moved = [v - XI * s for v, s in zip(values, steps)]
        if not through:
            moved = [tf.stop_gradient(value) for value in moved]
        validated = loss(moved, held_out)
    return outer.gradient(validated, mixture).numpy()
