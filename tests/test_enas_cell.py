"""ENAS's recurrent cells: spec, Keras cell, fast layer and shared weights."""

import keras
import numpy as np
import pytest

import nas_tf
from nas_tf import registry
from nas_tf.children import counting
from nas_tf.errors import UsageError
from nas_tf.layers.enas_cell import ENASCell
from nas_tf.layers.enas_rnn import ENASRNN
from nas_tf.specs.enas_cell import ENAS_CELL
from nas_tf.specs.enas_cell import ENASCellSpec
from tests.backends import BACKEND
from tests.backends import array
from tests.recurrent import all_gradients
from tests.recurrent import assert_close
from tests.recurrent import normal
from tests.recurrent import plain

ALL = {"return_sequences": True, "return_state": True}
SMALL = ENASCellSpec(("sigmoid", "tanh", "relu", "identity"), (0, 0, 2))
FUNCTIONS = {
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0),
    "identity": lambda x: x,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
}


class Text:
    kind = "language_model"
    input_shape = (5,)
    input_dtype = "int32"
    num_outputs = 7
    output_shape = (5, 7)


def randomise(cell, size):
    if not cell.built:
        cell.build((None, size))
    for seed, variable in enumerate(cell.trainable_variables):
        variable.assign(normal(*variable.shape, seed=seed, scale=0.6))


def step_in_numpy(cell, x, h):
    """Computes a step from the paper's equations, node by node."""
    spec, n = cell.spec, cell.units
    kernels = dict(zip((read for read, _ in cell.readers), cell.node_kernels))
    made = []
    for node, name in enumerate(spec.activations):
        if node == 0:
            old = h
            products = x @ array(cell.kernel) + h @ array(cell.recurrent_kernel)
        else:
            read = spec.previous[node - 1]
            old = made[read]
            place = spec.readers()[read].index(node)
            columns = slice(2 * n * place, 2 * n * (place + 1))
            products = old @ array(kernels[read])[:, columns]
        gate = FUNCTIONS["sigmoid"](products[:, n:])
        value = FUNCTIONS[name](products[:, :n])
        made.append(gate * value + (1 - gate) * old)
    return np.mean([made[node] for node in spec.loose_ends], axis=0)


@pytest.mark.parametrize("spec", [SMALL, ENAS_CELL], ids=["small", "published"])
def test_a_step_is_that_of_the_paper(spec):
    cell = ENASCell(3, spec)
    randomise(cell, 5)
    x, h = normal(2, 5), normal(2, 3, seed=1)
    output, (state,) = cell(x, [h])
    np.testing.assert_allclose(
        array(output), step_in_numpy(cell, x, h), rtol=1e-5, atol=1e-6
    )
    assert output is state


def test_the_published_cell():
    """Its drawing in the authors' README has these loose ends."""
    assert ENAS_CELL.num_nodes == 12
    assert ENAS_CELL.loose_ends == (3, 4, 7, 9, 10, 11)
    assert ENASCell(2).spec == ENAS_CELL
    # The same graph as written for DARTS, whose nodes have other numbers.
    names = "tanh tanh tanh relu tanh tanh relu relu relu relu relu relu"
    other = ENASCellSpec(
        tuple(names.split()), (0, 1, 1, 3, 3, 3, 4, 7, 8, 8, 8)
    )
    assert set(other.loose_ends) == {2, 5, 6, 9, 10, 11}
    assert ENAS_CELL.canonical() == other.canonical()


@pytest.mark.parametrize("options", [{}, {"go_backwards": True}], ids=str)
def test_the_fast_layer_is_keras_own_loop(options):
    cell = ENASCell(3, SMALL)
    layer = ENASRNN(cell, **ALL, **options)
    randomise(cell, 5)
    # A composite length, computed several steps at a time.
    sequences, states = normal(2, 6, 5), [normal(2, 3, seed=7)]
    found = all_gradients(layer, sequences, states)
    assert_close(found, all_gradients(plain(layer), sequences, states))
    assert all(np.abs(array(gradient)).max() > 1e-3 for gradient in found)
    results = layer(sequences, initial_state=states)
    assert_close(results, plain(layer)(sequences, initial_state=states))


def test_dropout_is_that_of_keras_own_loop():
    cell = ENASCell(3, SMALL, dropout=0.4, recurrent_dropout=0.3, seed=3)
    layer = ENASRNN(cell, **ALL)
    randomise(cell, 5)
    other = plain(layer)
    sequences = normal(2, 6, 5)
    found = layer(sequences, training=True)
    assert_close(found, other(sequences, training=True))
    assert np.abs(array(found[0]) - array(layer(sequences)[0])).max() > 1e-2


def test_a_layer_is_made_again_from_its_configuration():
    layer = ENASRNN(ENASCell(3, SMALL), **ALL)
    config = keras.saving.serialize_keras_object(layer)
    other = keras.saving.deserialize_keras_object(config)
    assert other.cell.spec == SMALL
    assert nas_tf.ENASCell is ENASCell
    assert nas_tf.ENASRNN is ENASRNN


@pytest.mark.parametrize(
    "hidden, wanted", [(850, 27_295_000), (748, 22_037_104)]
)
def test_sizes_of_published_models(hidden, wanted):
    """26 H^2 + V H + V parameters with tied embeddings."""

    class PTB(Text):
        num_outputs = 10_000

    space = registry.make(
        "spaces",
        f"enas_recurrent(skeleton='language_model(units={hidden}, "
        "num_layers=1, shared_embeddings=True)')",
    )
    params = space.cost(ENAS_CELL, PTB()).params
    assert params == wanted
    assert params == 26 * hidden**2 + 10_000 * hidden + 10_000


def test_units_of_the_default_model():
    """24 million parameters, as the paper says, are 787 units."""

    class PTB(Text):
        num_outputs = 10_000

    space = registry.make("spaces", "enas_recurrent")
    assert space.network.units_of(space.size_of(ENAS_CELL), PTB()) == 787


def test_a_built_model_is_as_counted():
    space = registry.make(
        "spaces",
        "enas_recurrent(num_nodes=3, skeleton='language_model(units=4)')",
    )
    rng = np.random.default_rng(0)
    spec = space.decode(tuple(d.random(rng) for d in space.decisions))
    model = space.build(spec, Text())
    assert counting.count(model) == space.cost(spec, Text())


def test_number_of_cells():
    """4^12 activations times the choices of what is read, 11!."""
    space = registry.make("spaces", "enas_recurrent")
    sizes = [float(d.num_actions) for d in space.decisions]
    assert np.prod(sizes) == pytest.approx(4**12 * 39916800.0)
    assert space.decode(space.encode(ENAS_CELL)) == ENAS_CELL


def test_numbers_of_nodes_do_not_matter():
    space = registry.make("spaces", "enas_recurrent(num_nodes=3)")
    key = {
        name: space.key(space.encode(ENASCellSpec(*cell)))
        for name, cell in {
            "one": (("tanh", "relu", "sigmoid"), (0, 0)),
            "same": (("tanh", "sigmoid", "relu"), (0, 0)),
            "other": (("tanh", "sigmoid", "relu"), (0, 1)),
        }.items()
    }
    assert key["one"] == key["same"] != key["other"]


def test_lines_and_graph():
    assert SMALL.lines() == [
        "s0 = h + sigmoid(W x + C0 h) * (sigmoid(V x + H0 h) - h)",
        "s1 = s0 + sigmoid(C1 s0) * (tanh(H1 s0) - s0)",
        "s2 = s0 + sigmoid(C2 s0) * (relu(H2 s0) - s0)",
        "s3 = s2 + sigmoid(C3 s2) * ((H3 s2) - s2)",
        "new h = mean(s1, s3)",
    ]
    graph = ENAS_CELL.graph()
    assert len(set(graph.positions)) == len(graph.labels) == 15
    for start, end in graph.edges:
        assert graph.positions[start][1] < graph.positions[end][1]


@pytest.mark.skipif(BACKEND != "tensorflow", reason="compares gradients there")
@pytest.mark.parametrize(
    "compiled", [False, pytest.param(True, marks=pytest.mark.slow)]
)
def test_shared_weights_are_exact(compiled):
    from tests import sharing

    space = registry.make(
        "spaces",
        "enas_recurrent(num_nodes=4, skeleton='language_model(units=3, "
        "num_layers=1, shared_embeddings=True)')",
    )
    tokens = np.random.default_rng(0).integers(0, 7, (2, 6)).astype("int32")
    rows = sharing.random_rows(space, 3)
    sharing.check(space, Text(), tokens, rows, advance, compiled=compiled)


def advance(model, inputs):
    logits, states = model.advance(inputs, model.initial_states(2))
    return keras.ops.concatenate(
        [keras.ops.reshape(x, (-1,)) for x in (logits, *states)], 0
    )


@pytest.mark.parametrize(
    "activations, previous, words",
    [
        ((), (), "`activations` of a cell"),
        (("sin",), (), "`activations` of a cell"),
        (("tanh", "tanh"), (), "a tuple of 1 numbers"),
        (("tanh", "tanh"), (1,), "node 1 of a cell to read a node from 0 to 0"),
        (("tanh", "tanh"), (0.5,), "node 1 of a cell"),
    ],
)
def test_bad_cells_are_one_line(activations, previous, words):
    with pytest.raises(UsageError, match=words):
        ENASCellSpec(activations, previous)


@pytest.mark.parametrize(
    "record",
    [None, {}, {"activations": "tanh", "previous": []}, {"activations": []}],
)
def test_bad_records_are_one_line(record):
    with pytest.raises(UsageError, match="Expected"):
        ENASCellSpec.from_json(record)


@pytest.mark.parametrize(
    "call, words",
    [
        ("enas_recurrent(num_nodes=0)", "`num_nodes` to be a whole number"),
        ("enas_recurrent(num_nodes=63)", "`num_nodes` to be a whole number"),
        ("enas_recurrent(activations=('sin',))", "`activations` to be a"),
        ("enas_recurrent(skeleton='lstm')", "Unknown skeleton 'lstm'"),
    ],
)
def test_bad_options_are_one_line(call, words):
    with pytest.raises(UsageError, match=words):
        registry.make("spaces", call)


def test_a_cell_of_another_size_is_not_encoded():
    space = registry.make("spaces", "enas_recurrent(num_nodes=3)")
    with pytest.raises(UsageError, match="cell of 3 nodes. Received: 12"):
        space.encode(ENAS_CELL)
    with pytest.raises(UsageError, match="choices can be mixed"):
        space.build_shared(Text(), mixed=True)
