import keras
import numpy as np
import pytest

from nas_tf.errors import UsageError
from nas_tf.layers.nas_cell import NAS
from nas_tf.layers.nas_cell import NASCell
from nas_tf.layers.tree_cell import TreeCell
from nas_tf.specs.tree import NAS_CELL
from tests.backends import array
from tests.recurrent import FOUR
from tests.recurrent import assert_close
from tests.recurrent import nas_cell
from tests.recurrent import normal
from tests.recurrent import randomise
from tests.recurrent import start
from tests.recurrent import unrolled

BOTH = {"return_sequences": True, "return_state": True}


@pytest.mark.parametrize(
    "projection, outputs, cell_states",
    [
        (
            None,
            (0.576751, 0.618936, 0.627393),
            (0.7157977, 0.7804162, 0.7945765),
        ),
        (
            5,
            (1.697418, 1.840037, 1.873985),
            (0.6985521, 0.7707382, 0.7897400),
        ),
    ],
)
def test_the_numbers_of_the_cell_of_tensorflow_addons(
    projection, outputs, cell_states
):
    half = keras.initializers.Constant(0.5)
    cell = NASCell(
        6,
        projection,
        kernel_initializer=half,
        recurrent_initializer=half,
        projection_initializer=half,
    )
    inputs = np.array([[1.0], [2.0], [3.0]], "float32") * np.ones(4, "float32")
    states = [np.full((3, projection or 6), 0.1, "float32")]
    states.append(np.full((3, 6), 0.1, "float32"))
    output, (h, c) = cell(inputs, states)
    np.testing.assert_array_equal(array(output), array(h))
    assert array(h).shape == states[0].shape
    assert array(c).shape == states[1].shape
    for column in array(h).T:
        np.testing.assert_allclose(column, outputs, atol=1e-5)
    for column in array(c).T:
        np.testing.assert_allclose(column, cell_states, atol=1e-5)


@pytest.mark.parametrize("options", FOUR, ids=str)
def test_steps_are_the_published_equations(options):
    cell = NASCell(4, **options)
    weights = randomise(cell, 5)
    sequences = normal(3, 6, 5)
    states = start(cell, 3)
    wanted = unrolled(nas_cell, weights, sequences, states)
    outputs = []
    for t in range(6):
        output, states = cell(sequences[:, t], states)
        outputs.append(array(output))
    assert_close([np.stack(outputs, 1), *states], wanted)


@pytest.mark.parametrize("options", FOUR, ids=str)
def test_sequences_are_the_published_equations(options):
    layer = NAS(4, **options, **BOTH)
    weights = randomise(layer.cell, 5)
    sequences = normal(3, 6, 5)
    states = start(layer.cell, 3)
    wanted = unrolled(nas_cell, weights, sequences, states)
    assert_close(layer(sequences, initial_state=states), wanted)
    keras_rnn = keras.layers.RNN(layer.cell, **BOTH)
    assert_close(keras_rnn(sequences, initial_state=states), wanted)


@pytest.mark.parametrize("options", FOUR, ids=str)
def test_sequences_begin_with_zeros_and_may_be_read_backwards(options):
    layer = NAS(4, **options, go_backwards=True)
    weights = randomise(layer.cell, 5)
    sequences = normal(3, 6, 5)
    zeros = [np.zeros((3, size)) for size in layer.cell.state_size]
    _, h, c = unrolled(nas_cell, weights, sequences[:, ::-1], zeros)
    assert_close([layer(sequences)], [h])
    layer.return_state = True
    assert_close(layer(sequences), [h, h, c])


@pytest.mark.parametrize("options", FOUR, ids=str)
def test_it_is_a_sentence_of_the_tree_language(options):
    cell = NASCell(4, **options)
    tree = TreeCell(NAS_CELL, 4, **options)
    randomise(cell, 5)
    tree.build((None, 5))
    tree.set_weights(cell.get_weights())
    states = start(cell, 3)
    _, found = tree(normal(3, 5), states)
    _, wanted = cell(normal(3, 5), states)
    assert_close(found, wanted)


def test_sizes_and_names_of_the_weights():
    layer = NAS(4, 3, True)
    layer.build((None, None, 5))
    shapes = {w.name: tuple(w.shape) for w in layer.trainable_weights}
    assert shapes == {
        "kernel": (5, 32),
        "recurrent_kernel": (3, 32),
        "projection_weights": (4, 3),
        "bias": (32,),
    }
    assert layer.count_params() == 8 * 4 * (5 + 3) + 8 * 4 + 4 * 3
    assert layer.cell.state_size == [3, 4]
    assert layer.cell.output_size == 3
    assert (layer.units, layer.projection, layer.use_bias) == (4, 3, True)
    plain = NASCell(4)
    plain.build((None, 5))
    assert len(plain.weights) == 2
    assert plain.state_size == [4, 4]


def test_weights_begin_as_those_of_the_cell_of_old():
    layer = NAS(64, 50, True, seed=0)
    layer.build((None, None, 30))
    np.testing.assert_array_equal(array(layer.cell.bias), 0)
    for name in ("kernel", "recurrent_kernel", "projection_weights"):
        values = array(getattr(layer.cell, name))
        # Glorot's limit is that of the whole matrix, not of its eight parts.
        limit = np.sqrt(6 / sum(values.shape))
        assert 0.98 * limit < np.abs(values).max() <= limit
        assert abs(values.mean()) < 0.1 * limit


OPTIONS = {
    "units": 4,
    "projection": 3,
    "use_bias": True,
    "kernel_initializer": keras.initializers.RandomNormal(0.0, 0.25, seed=3),
    "recurrent_initializer": "orthogonal",
    "projection_initializer": "he_normal",
    "bias_initializer": "ones",
    "kernel_regularizer": keras.regularizers.L2(0.5),
    "recurrent_regularizer": "l1",
    "projection_regularizer": "l2",
    "bias_regularizer": "l1",
    "kernel_constraint": keras.constraints.MaxNorm(0.5),
    "recurrent_constraint": "unit_norm",
    "projection_constraint": "non_neg",
    "bias_constraint": "non_neg",
    "dropout": 0.25,
    "recurrent_dropout": 0.5,
    "seed": 5,
}


@pytest.mark.parametrize("kind", [NASCell, NAS])
def test_every_option_survives_a_round_trip(kind):
    layer = kind(**OPTIONS, name="it", dtype="mixed_bfloat16", trainable=False)
    config = keras.layers.serialize(layer)
    same = keras.layers.deserialize(config)
    assert type(same) is kind
    assert keras.layers.serialize(same) == config
    assert same.name == "it"
    cell = getattr(same, "cell", same)
    assert cell.compute_dtype == "bfloat16"
    assert cell.variable_dtype == "float32"
    assert not cell.trainable
    assert cell.kernel_initializer.stddev == 0.25
    assert isinstance(cell.bias_constraint, keras.constraints.NonNeg)
    assert (cell.dropout, cell.recurrent_dropout, cell.seed) == (0.25, 0.5, 5)


def test_regularisers_and_constraints_are_of_their_own_weights():
    layer = NAS(**OPTIONS)
    layer(normal(2, 3, 5))
    cell = layer.cell
    weights = [
        array(w)
        for w in (
            cell.kernel,
            cell.recurrent_kernel,
            cell.projection_weights,
            cell.bias,
        )
    ]
    wanted = [
        0.5 * np.sum(weights[0] ** 2),
        0.01 * np.sum(np.abs(weights[1])),
        0.01 * np.sum(weights[2] ** 2),
        0.01 * np.sum(np.abs(weights[3])),
    ]
    np.testing.assert_allclose(
        sorted(float(loss) for loss in layer.losses), sorted(wanted), rtol=1e-5
    )
    np.testing.assert_array_equal(weights[3], 1)
    assert isinstance(cell.kernel.constraint, keras.constraints.MaxNorm)
    assert isinstance(
        cell.recurrent_kernel.constraint, keras.constraints.UnitNorm
    )
    for weight in (cell.projection_weights, cell.bias):
        assert isinstance(weight.constraint, keras.constraints.NonNeg)


@pytest.mark.parametrize("kind", [NASCell, NAS])
@pytest.mark.parametrize(
    "options",
    [
        *({"units": value} for value in (0, -1, 2.5, True, "4", None)),
        *({"projection": value} for value in (0, -1, 1.5, True, "a")),
        *(
            {name: value}
            for name in ("dropout", "recurrent_dropout")
            for value in (1.0, 1, -0.1, "a", None, True, float("nan"))
        ),
    ],
    ids=str,
)
def test_what_is_no_size_and_no_rate_is_refused(kind, options):
    [(name, value)] = options.items()
    with pytest.raises(UsageError) as caught:
        kind(**{"units": 4, **options})
    message = str(caught.value)
    assert message.startswith(f"Expected `{name}` ")
    assert message.endswith(f". Received: {value!r}")
    assert "\n" not in message
