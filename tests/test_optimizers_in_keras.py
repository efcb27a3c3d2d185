"""Models are compiled with the optimizers, saved, loaded and trained on."""

import subprocess
import sys

import keras
import numpy as np
import pytest

from nas_tf import optimizers
from nas_tf.specs.update_rule import Group
from nas_tf.specs.update_rule import UpdateRuleSpec
from tests.backends import array

DECAY = optimizers.CosineDecay(40, 2)
NOISY = UpdateRuleSpec(
    (
        Group("adam", "noise", "drop_0.1", "identity", "add"),
        Group("r1", "cd_2", combination="multiply"),
    )
)
MAKERS = {
    "power_sign": lambda: optimizers.PowerSign(0.05, sign_decay=DECAY),
    "update_rule": lambda: optimizers.UpdateRule(NOISY, 0.05, 40),
}
each_optimizer = pytest.mark.parametrize("name", MAKERS)


def data():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 9, (32, 4))
    return x, (x.sum(axis=1) > 16).astype("float32")


def compiled(optimizer):
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((4,), dtype="int32"),
            # Symbol 9 is never read.
            keras.layers.Embedding(10, 3, name="embedding"),
            keras.layers.Flatten(),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(optimizer, "binary_crossentropy")
    return model


def fit(model, epochs=2):
    x, y = data()
    history = model.fit(
        x, y, batch_size=16, epochs=epochs, shuffle=False, verbose=0
    )
    return history.history["loss"]


@each_optimizer
def test_a_saved_model_goes_on_where_it_was(name, tmp_path):
    model = compiled(MAKERS[name]())
    losses = fit(model, epochs=4)
    assert losses[-1] < losses[0]
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert type(again.optimizer) is type(model.optimizer)
    np.testing.assert_allclose(fit(again), fit(model), rtol=1e-5)
    for one, other in zip(again.get_weights(), model.get_weights()):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(
    ("cls", "clipping"),
    [
        (optimizers.PowerSign, {}),
        (optimizers.AddSign, {"global_clipnorm": 0.1}),
    ],
)
def test_rows_of_an_embedding_that_are_not_read_stay(cls, clipping):
    model = compiled(cls(0.1, **clipping))
    before = array(model.get_layer("embedding").embeddings)
    fit(model)
    after = array(model.get_layer("embedding").embeddings)
    assert np.array_equal(before[9], after[9])
    assert (before[:9] != after[:9]).all()


def test_symbols_read_several_times_have_the_sum_of_their_gradients():
    if keras.backend.backend() != "tensorflow":
        pytest.skip("only TensorFlow has gradients of rows")
    import tensorflow as tf

    rows = np.array([[1.0, -1], [2, 3], [-4, 0.5]], "float32")
    slices = tf.IndexedSlices(rows, [2, 0, 2], (4, 2))
    whole = tf.convert_to_tensor(slices)
    for make in (
        lambda: optimizers.PowerSign(0.1),
        lambda: optimizers.UpdateRule("adam", 0.1),
    ):
        found = []
        for gradient in (slices, whole):
            weights = keras.Variable(np.ones((4, 2)))
            make().apply([gradient], [weights])
            found.append(array(weights))
        np.testing.assert_array_equal(*found)
        np.testing.assert_array_equal(found[0][[1, 3]], 1)


@pytest.mark.slow
@each_optimizer
def test_mixed_precision(name):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = compiled(MAKERS[name]())
        losses = fit(model, epochs=3)
    finally:
        keras.config.set_dtype_policy("float32")
    # Keras scales the loss so that small gradients are not lost.
    assert "LossScale" in type(model.optimizer).__name__
    assert losses[-1] < losses[0]
    assert {array(w).dtype for w in model.weights} == {np.dtype("float32")}


LOADS = """
import sys, nas_tf
assert not {"keras", "tensorflow"} & set(sys.modules)
import keras
print(type(keras.models.load_model(sys.argv[1]).optimizer).__name__)
"""


@pytest.mark.slow
def test_import_nas_tf_is_enough_to_load_a_model(tmp_path):
    path = tmp_path / "model.keras"
    compiled(optimizers.PowerSign()).save(path)
    found = subprocess.run(
        [sys.executable, "-c", LOADS, path],
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == "PowerSign"
