import numpy as np
import pytest

from nas_tf.errors import UsageError
from nas_tf.layers.addons_weights import from_addons_states
from nas_tf.layers.addons_weights import load_addons_weights
from nas_tf.layers.nas_cell import NAS
from nas_tf.layers.nas_cell import NASCell
from tests.backends import array
from tests.recurrent import FOUR
from tests.recurrent import assert_close
from tests.recurrent import nas_cell
from tests.recurrent import normal
from tests.recurrent import start
from tests.recurrent import unrolled

SHAPES = {
    "kernel": (5, 32),
    "recurrent_kernel": (3, 32),
    "projection_weights": (4, 3),
    "bias": (32,),
}


def given(projection=3, use_bias=True):
    """Returns weights for a cell of 4 units; None for those it lacks."""
    shapes = {**SHAPES, "recurrent_kernel": (projection or 4, 32)}
    weights = {
        name: normal(*shape, seed=seed)
        for seed, (name, shape) in enumerate(shapes.items())
    }
    if not projection:
        weights["projection_weights"] = None
    if not use_bias:
        weights["bias"] = None
    return weights


def without_none(weights):
    return {name: value for name, value in weights.items() if value is not None}


@pytest.mark.parametrize("options", FOUR, ids=str)
@pytest.mark.parametrize("built", [False, True])
def test_a_layer_computes_with_what_it_is_given(options, built):
    layer = NAS(4, **options, return_sequences=True, return_state=True)
    sequences, states = normal(2, 6, 5), start(layer.cell, 2)
    if built:
        layer(sequences)
    weights = given(**options)
    load_addons_weights(layer, without_none(weights))
    old_states = states[::-1]
    found = layer(sequences, initial_state=from_addons_states(old_states))
    assert_close(found, unrolled(nas_cell, weights, sequences, states))


@pytest.mark.parametrize("built", [False, True])
def test_a_cell_computes_with_what_it_is_given(built):
    cell = NASCell(4, 3, True)
    if built:
        cell.build((None, 5))
    load_addons_weights(cell, given())
    states = start(cell, 2)
    _, found = cell(normal(2, 5), states)
    assert_close(found, nas_cell(given(), normal(2, 5), *states))


def test_a_stateful_layer_need_not_be_built():
    layer = NAS(4, 3, True, stateful=True)
    load_addons_weights(layer, given())
    sequences, zeros = normal(2, 6, 5), [np.zeros((2, 3)), np.zeros((2, 4))]
    _, h, c = unrolled(nas_cell, given(), sequences, zeros)
    assert_close([layer(sequences), *layer.states], [h, h, c])


@pytest.mark.parametrize(
    "form", ["rnn/nas_cell/{}", "model/rnn/nas_cell/{}:0", "{}:0", "{}"]
)
def test_the_last_part_of_a_name_counts(form):
    cell = NASCell(4, 3, True)
    weights = {form.format(name): value for name, value in given().items()}
    load_addons_weights(cell, weights)
    for name, value in given().items():
        np.testing.assert_array_equal(array(getattr(cell, name)), value)


def test_states_change_places():
    c, h = normal(2, 4), normal(2, 3)
    found = from_addons_states((c, h))
    assert found[0] is h
    assert found[1] is c
    assert len(found) == 2


def wrong(**changes):
    return without_none({**given(), **changes})


@pytest.mark.parametrize("built", [False, True])
@pytest.mark.parametrize("kind", [NAS, NASCell])
@pytest.mark.parametrize(
    "weights, words",
    [
        (wrong(bias=None), "bias, kernel, projection_weights, recurr"),
        (wrong(kernel=None), "Received: bias, proj"),
        (wrong(gamma=normal(3)), "gamma"),
        ({}, "none"),
        ({**given(), "a/bias:0": given()["bias"]}, "one weight called 'bias'"),
        (wrong(kernel=normal(5, 24)), r"'kernel' .*32.*\(5, 24\)"),
        (wrong(kernel=normal(5)), "'kernel'"),
        (wrong(kernel=normal(5, 32, 1)), "'kernel'"),
        (wrong(recurrent_kernel=normal(4, 32)), r"\(3, 32\).*\(4, 32\)"),
        (wrong(recurrent_kernel=normal(32, 3)), r"\(3, 32\).*\(32, 3\)"),
        (wrong(projection_weights=normal(3, 4)), r"\(4, 3\).*\(3, 4\)"),
        (wrong(bias=normal(8, 4)), r"'bias' of shape \(32\).*\(8, 4\)"),
        (wrong(bias=normal()), "'bias'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_does_not_fit_changes_nothing(kind, built, weights, words):
    layer = kind(4, 3, True)
    if built:
        layer.build((None, 5) if kind is NASCell else (None, None, 5))
    before = [array(weight) for weight in layer.weights]
    with pytest.raises(UsageError, match=f"^Expected .*{words}") as caught:
        load_addons_weights(layer, weights)
    assert "\n" not in str(caught.value)
    assert "Received: " in str(caught.value)
    assert layer.built == built
    assert len(layer.weights) == len(before)
    for weight, value in zip(layer.weights, before):
        np.testing.assert_array_equal(array(weight), value)


def test_inputs_of_a_built_layer_have_the_size_they_have():
    layer = NAS(4, 3, True)
    layer.build((None, None, 6))
    with pytest.raises(UsageError, match=r"\(6, 32\). Received: \(5, 32\)"):
        load_addons_weights(layer, given())


def test_weights_there_is_no_use_for_are_refused():
    with pytest.raises(UsageError, match="kernel. Received: .*bias"):
        load_addons_weights(NAS(4, 3), given())
    with pytest.raises(UsageError, match="Received: .*projection_weights"):
        load_addons_weights(NAS(4, use_bias=True), given())
