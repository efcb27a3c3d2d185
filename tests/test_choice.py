"""A layer chosen by a number, or a mixture of layers."""

import keras
import numpy as np
import pytest
from keras import ops

from nas_tf.layers.choice import Choice
from nas_tf.training import stateless

ARRAY = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
X = ops.convert_to_tensor(ARRAY)


@pytest.fixture(scope="module")
def model():
    branches = [keras.layers.Identity(), *map(keras.layers.Dense, (3, 3))]
    inputs = keras.Input((3,))
    action = keras.Input(batch_shape=(), dtype="int32")
    return keras.Model(
        [inputs, action], Choice(branches, name="choice")(inputs, action)
    )


def test_a_number_chooses_a_layer(model):
    branches = model.get_layer("choice").branches
    for number in range(3):
        y = model([X, ops.convert_to_tensor(number, "int32")])
        np.testing.assert_allclose(y, branches[number](X), atol=1e-6)


def test_weights_choose_a_mixture(model):
    choice = model.get_layer("choice")
    shares = np.array([0.5, 0.2, 0.3], "float32")
    expected = sum(s * b(X) for s, b in zip(shares, choice.branches))
    mixture = choice(ops.convert_to_tensor(X), ops.convert_to_tensor(shares))
    np.testing.assert_allclose(mixture, expected, atol=1e-6)


def test_a_model_is_saved_with_its_branches(model, tmp_path):
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    action = ops.convert_to_tensor(2, "int32")
    np.testing.assert_allclose(loaded([X, action]), model([X, action]))


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="tf")
def test_one_trace_serves_all_choices_and_others_have_no_gradient(model):
    import tensorflow as tf

    @tf.function
    def gradients(x, action):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(model([x, action]) ** 2)
        return tape.gradient(loss, [v.value for v in model.variables])

    for number in range(3):
        found = gradients(ARRAY, np.int32(number))
        moved = [bool(np.any(np.array(g))) for g in found]
        # Kernel and bias of the second and of the third layer.
        assert moved == [number == 1] * 2 + [number == 2] * 2
    assert gradients.experimental_get_tracing_count() == 1


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="jax")
def test_one_compilation_serves_all_choices_on_jax(model):
    run = stateless.compiled(model, lambda x, a: model([x, a]))
    branches = model.get_layer("choice").branches
    for number in range(3):
        y = run(ARRAY, np.int32(number))
        np.testing.assert_allclose(y, branches[number](X), atol=1e-5)
