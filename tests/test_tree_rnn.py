import itertools

import keras
import numpy as np
import pytest
from keras import ops

from nas_tf.layers.nas_cell import NAS
from nas_tf.layers.tree_rnn import TreeRNN
from tests.backends import BACKEND
from tests.backends import IS_DOUBLE
from tests.backends import array
from tests.recurrent import FOUR
from tests.recurrent import all_gradients
from tests.recurrent import assert_close
from tests.recurrent import nas_cell
from tests.recurrent import normal
from tests.recurrent import plain
from tests.recurrent import randomise
from tests.recurrent import start
from tests.recurrent import unrolled
from tests.recurrent import weighted_sum

ALL = {"return_sequences": True, "return_state": True}
# Prime and composite lengths, and multiples of the loop's block.
LENGTHS = (1, 6, 7, 13, 35)
# An unrolled loop of 35 steps takes JAX half a minute to compile.
UNROLLED = (1, 7, 13)


def build(**options):
    layer = NAS(4, **{**ALL, **options})
    randomise(layer.cell, 5)
    return layer


# JAX compiles each of these for seconds, so there each value has one case.
EACH = list(itertools.product(FOUR, (False, True)))
RATES = [
    {"dropout": 0.5},
    {"recurrent_dropout": 0.5},
    {"dropout": 0.4, "recurrent_dropout": 0.3},
]
DROPPING = list(itertools.product((FOUR[0], FOUR[3]), RATES))
if BACKEND == "jax":
    EACH = list(zip(FOUR, (False, True, True, False)))
    DROPPING = [(FOUR[3], RATES[0]), (FOUR[0], RATES[1]), (FOUR[3], RATES[2])]


@pytest.mark.parametrize("options, backwards", EACH, ids=str)
def test_gradients_are_those_of_the_plain_loop(options, backwards):
    layer = build(**options, go_backwards=backwards)
    sequences, states = normal(3, 6, 5), start(layer.cell, 3)
    found = all_gradients(layer, sequences, states)
    assert_close(found, all_gradients(plain(layer), sequences, states))
    assert all(np.abs(gradient).max() > 1e-3 for gradient in found)


@pytest.mark.parametrize("options", [FOUR[0], FOUR[3]], ids=str)
@pytest.mark.parametrize("used", [0, 1, 2])
def test_gradients_of_each_result_alone(options, used):
    layer = build(**options)
    sequences, states = normal(2, 6, 5), start(layer.cell, 2)

    def alone(layer):
        def call(*arguments, **keywords):
            return [layer(*arguments, **keywords)[used]]

        weights = layer.trainable_variables
        return all_gradients(call, sequences, states, weights=weights)

    assert_close(alone(layer), alone(plain(layer)))


@pytest.mark.parametrize("options", [FOUR[0], FOUR[3]], ids=str)
def test_gradients_of_the_last_output_alone(options):
    layer = build(**options, return_sequences=False)
    sequences, states = normal(2, 6, 5), start(layer.cell, 2)
    assert_close(
        all_gradients(layer, sequences, states),
        all_gradients(plain(layer), sequences, states),
    )


@pytest.mark.parametrize("options, rates", DROPPING, ids=str)
def test_gradients_with_dropout(options, rates):
    layer = build(**options, **rates, seed=3)
    sequences, states = normal(3, 6, 5), start(layer.cell, 3)
    # Equal seeds draw equal masks at first.
    other = plain(layer)
    found = all_gradients(layer, sequences, states, training=True)
    wanted = all_gradients(other, sequences, states, training=True)
    assert_close(found, wanted)
    undropped = all_gradients(layer, sequences, states)
    assert np.abs(found[0] - undropped[0]).max() > 1e-2


@pytest.mark.skipif(not IS_DOUBLE, reason="of double precision")
@pytest.mark.slow
@pytest.mark.parametrize("options", FOUR, ids=str)
def test_gradients_are_finite_differences(options):
    layer = build(**options, dtype="float64")
    arrays = [normal(2, 5, 5), *start(layer.cell, 2)]
    arrays = [values.astype("float64") for values in arrays]
    variables = layer.trainable_variables
    values = [array(variable) for variable in variables] + arrays
    found = all_gradients(layer, arrays[0], arrays[1:])

    def loss(place, entry, change):
        moved = [value.copy() for value in values]
        moved[place].flat[entry] += change
        for variable, value in zip(variables, moved):
            variable.assign(value)
        sequences, *states = moved[len(variables) :]
        results = layer(sequences, initial_state=states)
        return float(array(weighted_sum(results)))

    rng = np.random.default_rng(1)
    for place, gradient in enumerate(found):
        assert gradient.dtype == "float64"
        for entry in rng.choice(gradient.size, 3, replace=False):
            rise = loss(place, entry, 1e-6) - loss(place, entry, -1e-6)
            np.testing.assert_allclose(
                gradient.flat[entry], rise / 2e-6, rtol=1e-6, atol=1e-7
            )


@pytest.mark.parametrize("length", LENGTHS)
def test_every_length_gives_the_published_equations(length):
    layer = build(projection=3, use_bias=True)
    weights = randomise(layer.cell, 5)
    sequences, states = normal(2, length, 5), start(layer.cell, 2)
    wanted = unrolled(nas_cell, weights, sequences, states)
    assert_close(layer(sequences, initial_state=states), wanted)


@pytest.mark.parametrize("length", UNROLLED)
def test_unrolled_is_looped(length):
    # Small weights keep many steps comparable.
    looped = build(use_bias=True)
    randomise(looped.cell, 5, scale=0.3)
    other = build(use_bias=True, unroll=True)
    other.set_weights(looped.get_weights())
    sequences, states = normal(2, length, 5), start(looped.cell, 2)
    assert_close(
        looped(sequences, initial_state=states),
        other(sequences, initial_state=states),
    )
    assert_close(
        all_gradients(looped, sequences, states),
        all_gradients(other, sequences, states),
    )


def test_models_of_any_length_compute_the_same():
    inputs = keras.Input((None, 5))
    layer = NAS(4, 3, return_sequences=True)
    model = keras.Model(inputs, layer(inputs))
    assert model.output_shape == (None, None, 3)
    randomise(layer.cell, 5)
    for length in LENGTHS:
        sequences = normal(2, length, 5)
        found = model.predict_on_batch(sequences)
        assert_close([found], [plain(layer)(sequences)])


@pytest.mark.skipif(BACKEND != "tensorflow", reason="of tf.function")
def test_gradients_in_a_graph_that_knows_no_length():
    import tensorflow as tf

    layer = build(projection=3, use_bias=True)

    @tf.function(input_signature=[tf.TensorSpec([None, None, 5])])
    def slopes(sequences):
        with tf.GradientTape() as tape:
            tape.watch(sequences)
            outputs = layer(sequences)[0]
            loss = ops.sum(ops.square(outputs))
        weights = [weight.value for weight in layer.trainable_variables]
        return tape.gradient(loss, [*weights, sequences])

    for length in (1, 6, 35):
        sequences = tf.constant(normal(2, length, 5))
        other = plain(layer)
        with tf.GradientTape() as tape:
            tape.watch(sequences)
            loss = ops.sum(ops.square(other(sequences)[0]))
        weights = [weight.value for weight in other.trainable_variables]
        wanted = tape.gradient(loss, [*weights, sequences])
        assert_close(slopes(sequences), wanted)


@pytest.mark.parametrize("unroll", [False, True])
@pytest.mark.parametrize("zeros", [False, True])
def test_masked_steps_are_as_if_they_were_not_there(unroll, zeros):
    layer = build(projection=3, unroll=unroll, zero_output_for_mask=zeros)
    sequences, states = normal(4, 6, 5), start(layer.cell, 4)
    mask = np.array(
        [
            [False, False, True, True, True, True],
            [True, True, False, False, True, True],
            [True, True, True, True, True, False],
            [True, True, True, True, True, True],
        ]
    )
    found = layer(sequences, initial_state=states, mask=mask)
    outputs, h, c = (array(tensor) for tensor in found)
    for row, kept in enumerate(mask):
        alone = build(projection=3)
        wanted = alone(
            sequences[row : row + 1, kept],
            initial_state=[state[row : row + 1] for state in states],
        )
        assert_close(
            [outputs[row : row + 1, kept], h[row : row + 1], c[row : row + 1]],
            wanted,
        )
    if zeros and not (unroll and BACKEND == "jax"):
        # Keras's unrolled loop ignores the option there.
        np.testing.assert_array_equal(outputs[~mask], 0)
    if not zeros:
        np.testing.assert_array_equal(outputs[1, 2:4], outputs[1, [1, 1]])
        np.testing.assert_array_equal(outputs[2, 5], outputs[2, 4])


def test_a_masking_layer_is_heard():
    sequences = normal(2, 6, 5)
    sequences[0, :2] = 0
    sequences[1, 3:] = 0
    layer = build(return_sequences=False, return_state=False)
    model = keras.Sequential([keras.layers.Masking(), layer])
    found = array(model(sequences))
    for row, part in ((0, sequences[:1, 2:]), (1, sequences[1:, :3])):
        assert_close([found[row : row + 1]], [layer(part)])


@pytest.mark.parametrize("options", [{}, {"unroll": True}], ids=str)
def test_two_halves_are_the_whole(options):
    whole = build(projection=3)
    layer = build(projection=3, stateful=True, **options)
    sequences = normal(2, 8, 5)
    outputs, h, c = whole(sequences)
    for _ in range(2):
        halves = [layer(sequences[:, :4]), layer(sequences[:, 4:])]
        joined = np.concatenate([array(half[0]) for half in halves], 1)
        assert_close([joined, *halves[1][1:]], [outputs, h, c])
        assert_close(layer.states, [h, c])
        layer.reset_state()
        assert not array(layer.states[0]).any()


def test_second_half_differs_without_the_first():
    layer = build(stateful=True)
    sequences = normal(2, 4, 5)
    first, second = (array(layer(sequences)[0]) for _ in range(2))
    assert np.abs(first - second).max() > 1e-2


def test_it_is_a_tree_rnn():
    # Otherwise the gradients above would be compared with themselves.
    assert isinstance(build(), TreeRNN)
    assert not isinstance(plain(build()), TreeRNN)
