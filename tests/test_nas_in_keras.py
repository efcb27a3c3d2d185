"""NAS and NASCell used like Keras's LSTM and LSTMCell."""

import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras.src import testing

from nas_tf.layers.nas_cell import NAS
from nas_tf.layers.nas_cell import NASCell
from tests.backends import BACKEND
from tests.backends import array
from tests.backends import gradients
from tests.recurrent import assert_close
from tests.recurrent import nas_cell
from tests.recurrent import normal
from tests.recurrent import plain
from tests.recurrent import randomise
from tests.recurrent import start
from tests.recurrent import unrolled

ROOT = pathlib.Path(__file__).parent.parent
REGULARISED = {
    "use_bias": True,
    "projection": 2,
    "kernel_regularizer": "l2",
    "recurrent_regularizer": "l1",
    "projection_regularizer": "l2",
    "bias_regularizer": "l1",
    "bias_initializer": "ones",
    "kernel_constraint": "max_norm",
    "recurrent_constraint": "unit_norm",
    "projection_constraint": "non_neg",
    "bias_constraint": "non_neg",
}
# Options of a cell, options of a layer, shapes of the results.
CASES = {
    "plain": ({}, {}, (3, 4)),
    "dropout": ({"dropout": 0.5}, {}, (3, 4)),
    "recurrent dropout": ({"recurrent_dropout": 0.5}, {}, (3, 4)),
    "both": ({"dropout": 0.5, "recurrent_dropout": 0.5}, {}, (3, 4)),
    "projection": ({"projection": 2}, {}, (3, 2)),
    "bias": ({"use_bias": True}, {}, (3, 4)),
    "sequences": ({}, {"return_sequences": True}, (3, 6, 4)),
    "states": (
        {"projection": 2},
        {"return_state": True},
        ((3, 2), (3, 2), (3, 4)),
    ),
    "all": (
        {"projection": 2, "use_bias": True, "dropout": 0.5},
        {"return_sequences": True, "zero_output_for_mask": True},
        (3, 6, 2),
    ),
    "stateful": ({"use_bias": True}, {"stateful": True}, (3, 4)),
    "backwards": ({}, {"go_backwards": True}, (3, 4)),
    "unrolled": ({"dropout": 0.5}, {"unroll": True}, (3, 4)),
    "regularised": (REGULARISED, {}, (3, 2)),
    "mixed": (
        {"use_bias": True, "recurrent_dropout": 0.5, "dtype": "mixed_bfloat16"},
        {"dtype": "mixed_bfloat16"},
        (3, 4),
    ),
}
# A step of training takes seconds. Keras's own layer takes it where the options
# of the cell differ.
TRAINED = "both"
TRAINED_BY_KERAS = ("both", "all", "regularised", "mixed")


def check_layer(kind, case, train):
    of_cell, of_layer, shape = CASES[case]
    if kind is NAS:
        options = {"units": 4, **of_cell, **of_layer}
    else:
        options = {"cell": NASCell(4, **of_cell), **of_layer}
    num_weights = 2 + ("projection" in of_cell) + ("use_bias" in of_cell)
    dtype = "bfloat16" if "dtype" in of_layer else "float32"
    dtypes = (dtype,) * 3 if "return_state" in of_layer else dtype
    testing.TestCase().run_layer_test(
        kind,
        init_kwargs=options,
        input_shape=(3, 6, 5),
        call_kwargs={"training": True},
        expected_output_shape=shape,
        expected_output_dtype=dtypes,
        expected_num_trainable_weights=num_weights,
        expected_num_non_trainable_weights=0,
        expected_num_seed_generators=1,
        expected_num_losses=4 if case == "regularised" else 0,
        supports_masking=True,
        # Keras's training step requires a single result.
        run_training_check=train and "return_state" not in of_layer,
        # The cell would not be of mixed precision. Keras's own ones that drop
        # do not work so either.
        run_mixed_precision_check=kind is NAS or "dropout" not in of_cell,
    )


@pytest.mark.parametrize("kind", [NAS, keras.layers.RNN])
@pytest.mark.parametrize("case", CASES)
def test_what_keras_asks_of_a_layer(kind, case):
    check_layer(kind, case, train=kind is NAS and case == TRAINED)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "case"),
    [
        *((NAS, case) for case in CASES if case != TRAINED),
        *((keras.layers.RNN, case) for case in TRAINED_BY_KERAS),
    ],
)
def test_what_keras_asks_of_a_layer_with_a_step_of_training(kind, case):
    check_layer(kind, case, train=True)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("kind", [NAS, plain])
@pytest.mark.parametrize("stateful", [False, True])
def test_mixed_precision_is_near_to_full_precision(policy, kind, stateful):
    options = {
        "return_state": True,
        "projection": 3,
        "use_bias": True,
        "stateful": stateful,
    }
    layer = NAS(4, **options, dtype=policy)
    weights = randomise(layer.cell, 5)
    sequences = normal(2, 6, 5)
    if kind is plain:
        layer = plain(layer)
    found = layer(sequences)
    assert {keras.backend.standardize_dtype(x.dtype) for x in found} == {
        policy.removeprefix("mixed_")
    }
    zeros = [np.zeros((2, 3)), np.zeros((2, 4))]
    _, h, c = unrolled(nas_cell, weights, sequences, zeros)
    found = [array(tensor).astype("float32") for tensor in found]
    for tensor, wanted in zip(found, (h, h, c)):
        np.testing.assert_allclose(tensor, wanted, atol=0.05)
        # Full precision would be closer.
        assert np.abs(tensor - wanted).max() > 1e-5


def test_bidirectional():
    forward = NAS(4, 3, return_sequences=True)
    layer = keras.layers.Bidirectional(forward)
    sequences = normal(2, 6, 5)
    layer.build(sequences.shape)
    randomise(layer.forward_layer.cell, 5)
    randomise(layer.backward_layer.cell, 5, scale=0.3)
    found = array(layer(sequences))
    assert found.shape == (2, 6, 6)
    assert_close([found[..., :3]], [layer.forward_layer(sequences)])
    backwards = plain(layer.backward_layer)
    assert backwards.go_backwards
    assert_close([found[:, ::-1, 3:]], [backwards(sequences)])
    same = keras.layers.deserialize(keras.layers.serialize(layer))
    assert isinstance(same.forward_layer, NAS)
    assert same.backward_layer.projection == 3


def test_stacked_cells():
    cells = [NASCell(4, 3), NASCell(2, use_bias=True)]
    layer = keras.layers.RNN(cells, return_state=True)
    sequences = normal(3, 6, 5)
    lower = unrolled(
        nas_cell,
        randomise(cells[0], 5),
        sequences,
        [np.zeros((3, 3)), np.zeros((3, 4))],
    )
    upper = unrolled(
        nas_cell, randomise(cells[1], 3), lower[0], [np.zeros((3, 2))] * 2
    )
    output, lower_states, upper_states = layer(sequences)
    assert_close([output, *upper_states], [upper[1], *upper[1:]])
    assert_close(lower_states, lower[1:])


# Of a model: how it is compiled, its length, and the size of batches of which
# the second is smaller.
COMPILED = {
    "tensorflow": [
        ({"jit_compile": False}, None, 4),
        pytest.param({"jit_compile": False}, 4, 4, marks=pytest.mark.slow),
        # XLA compiles for five seconds.
        pytest.param({"jit_compile": True}, 4, 6, marks=pytest.mark.slow),
        ({"run_eagerly": True}, 4, 4),
    ],
    "jax": [({"jit_compile": True}, None, 4)],
    "torch": [({}, None, 4)],
}


@pytest.mark.parametrize("options, length, batch", COMPILED[BACKEND], ids=str)
def test_steps_of_fit_are_steps_down_the_gradient(options, length, batch):
    model = keras.Sequential([keras.Input((length, 5)), NAS(3, 2, True)])
    [layer] = model.layers
    randomise(layer.cell, 5)
    sequences, targets = normal(6, 4, 5), normal(6, 2)
    other = plain(layer)
    for place in range(0, 6, batch):
        part = targets[place : place + batch]

        def loss(sequences, part=part):
            error = keras.ops.subtract(other(sequences), part)
            return keras.ops.mean(keras.ops.square(error))

        *slopes, _ = gradients(
            loss, other.trainable_weights, [sequences[place : place + batch]]
        )
        for weight, slope in zip(other.trainable_weights, slopes):
            weight.assign(array(weight) - 0.5 * slope)
    model.compile(keras.optimizers.SGD(0.5), "mse", **options)
    model.fit(sequences, targets, batch, shuffle=False, verbose=0)
    assert_close(model.trainable_weights, other.trainable_weights)


LOADING = """
import importlib.util
import sys
import {first}
# Libraries look for Keras so, without importing it.
importlib.util.find_spec("keras")
import {second}
import numpy as np
model = keras.models.load_model(sys.argv[1])
sequences = np.load(sys.argv[2])
np.save(sys.argv[3], keras.ops.convert_to_numpy(model(sequences)))
"""


@pytest.mark.skipif(
    BACKEND != "tensorflow", reason="what is registered is so on any backend"
)
@pytest.mark.slow
def test_saved_models_are_loaded_where_nas_tf_is_imported(tmp_path):
    model = keras.Sequential(
        [
            keras.Input((None, 5)),
            NAS(4, 3, True, return_sequences=True, dropout=0.5),
            keras.layers.Bidirectional(NAS(3, return_sequences=True)),
            keras.layers.RNN([NASCell(3), NASCell(2, 4)]),
        ]
    )
    sequences = normal(2, 6, 5)
    model.save(tmp_path / "model.keras")
    np.save(tmp_path / "sequences.npy", sequences)
    names = (("nas_tf", "keras"), ("keras", "nas_tf"))
    # Both at once: most of the time each of them loads libraries.
    processes = [
        subprocess.Popen(
            [
                sys.executable,
                "-c",
                LOADING.format(first=first, second=second),
                tmp_path / "model.keras",
                tmp_path / "sequences.npy",
                tmp_path / f"{first}.npy",
            ],
            cwd=ROOT,
            stderr=subprocess.PIPE,
        )
        for first, second in names
    ]
    for (first, _), process in zip(names, processes):
        _, errors = process.communicate()
        assert process.returncode == 0, errors.decode()
        found = np.load(tmp_path / f"{first}.npy")
        assert_close([found], [model(sequences)], 1e-6)


def test_initial_states_may_be_given_in_a_model():
    inputs = [keras.Input(shape) for shape in ((None, 5), (3,), (4,))]
    layer = NAS(4, 3, return_state=True)
    results = layer(inputs[0], initial_state=inputs[1:])
    model = keras.Model(inputs, results)
    randomise(layer.cell, 5)
    sequences, states = normal(2, 6, 5), start(layer.cell, 2)
    assert_close(
        model([sequences, *states]),
        plain(layer)(sequences, initial_state=states),
    )
