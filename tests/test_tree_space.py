import keras
import numpy as np
import pytest

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.spaces.tree import Tree
from nas_tf.specs import tree as specs
from nas_tf.specs.tree import NAS_CELL
from nas_tf.specs.tree import TreeSpec

PAPER = Tree()
ENLARGED = Tree(
    combinations=specs.ALL_COMBINATIONS, activations=specs.ALL_ACTIVATIONS
)


def tree(base=8, use_bias=False, **options):
    """Returns a space of cells in a language model with options."""
    return Tree(
        base=base,
        use_bias=use_bias,
        skeleton=registry.render("language_model", options),
    )


def units_of(space, task):
    return space.network.units_of(*space.sizes, task)


class Words:
    num_outputs = 10_000


class Letters:
    num_outputs = 7


def actions(space, spec):
    """Returns the row that a spec is decoded from."""
    row = []
    for combination, activation in (*spec.nodes, spec.inject):
        if len(space.combinations) > 1:
            row.append(space.combinations.index(combination))
        if len(space.activations) > 1:
            row.append(space.activations.index(activation))
    return (*row, spec.cell_index, spec.inject_index)


def test_asks_in_the_papers_order():
    kinds = [decision.kind for decision in PAPER.decisions]
    assert kinds == (
        ["combination", "activation"] * 16 + ["cell_index", "inject_index"]
    )
    assert len(kinds) == 34
    assert all(len(d.labels) == d.size for d in PAPER.decisions)


@pytest.mark.parametrize(
    "space, cells", [(PAPER, 8**16 * 15**2), (ENLARGED, 15**16 * 15**2)]
)
def test_is_as_large_as_the_papers(space, cells):
    sizes = [decision.size for decision in space.decisions]
    assert np.prod(sizes, dtype=object) == cells


def test_decode_by_hand():
    space = Tree(base=2)
    # Zoph & Le 2017, figure 5.
    row = (0, 1) + (1, 3) + (1, 2) + (0, 3) + (1, 0)
    assert space.decode(row) == TreeSpec(
        nodes=(
            ("add", "tanh"),
            ("elem_mult", "relu"),
            ("elem_mult", "sigmoid"),
        ),
        inject=("add", "relu"),
        inject_index=0,
        cell_index=1,
    )


@pytest.mark.parametrize("space", [PAPER, ENLARGED])
def test_the_papers_cell_is_in_it(space):
    row = actions(space, NAS_CELL)
    assert space.decode(row) == NAS_CELL
    assert space.describe(NAS_CELL) == NAS_CELL.describe()
    assert space.graph(NAS_CELL) == NAS_CELL.graph()


@pytest.mark.parametrize(
    "options, asked",
    [
        ({"combinations": ("max",)}, {"activation"}),
        ({"activations": ("sin",)}, {"combination"}),
        ({"activations": ("sin",), "combinations": ("max",)}, set()),
    ],
)
def test_a_single_choice_is_not_asked(options, asked):
    space = Tree(base=3, **options)
    kinds = {decision.kind for decision in space.decisions}
    assert kinds == asked | {"cell_index", "inject_index"}
    assert len(space.decisions) == 6 * len(asked) + 2
    rng = np.random.default_rng(0)
    spec = space.decode([d.random(rng) for d in space.decisions])
    for combination, activation in (*spec.nodes, spec.inject):
        assert combination in space.combinations
        assert activation in space.activations
    assert space.decode(actions(space, spec)) == spec


def mirrored(spec):
    """Returns a cell of base 8 with the root's branches exchanged."""
    order = [4, 5, 6, 7, 0, 1, 2, 3, 10, 11, 8, 9, 13, 12, 14]
    return TreeSpec(
        tuple(spec.nodes[i] for i in order),
        spec.inject,
        order[spec.inject_index],
        order[spec.cell_index],
    )


def test_mirrored_cells_have_one_key():
    row = actions(PAPER, NAS_CELL)
    other = actions(PAPER, mirrored(NAS_CELL))
    assert row != other
    assert PAPER.key(row) == PAPER.key(other)


def test_other_cells_have_other_keys():
    row = actions(PAPER, NAS_CELL)
    keys = {PAPER.key(row)}
    for step, decision in enumerate(PAPER.decisions):
        changed = list(row)
        changed[step] = (changed[step] + 1) % decision.size
        keys.add(PAPER.key(changed))
    assert len(keys) == 1 + len(PAPER.decisions)


SIZES = [
    ({}, 20_000_000, 538),
    ({"params": 32_000_000}, 32_000_000, 735),
    ({"params": 25_000_000, "shared_embeddings": True}, 25_000_000, 741),
    ({"params": 54_000_000, "shared_embeddings": True}, 54_000_000, 1152),
]


@pytest.mark.parametrize("options, budget, units", SIZES)
def test_units_follow_from_the_budget(options, budget, units):
    space = tree(**options)
    assert abs(units_of(space, Words) - units) <= 1
    cost = space.cost(NAS_CELL, Words)
    assert abs(cost.params / budget - 1) < 0.01
    # Every parameter but the biases is in one product for a symbol, the
    # embedding too where it is the softmax's matrix.
    unused = 10_000
    if not space.network.shared_embeddings:
        unused += 10_000 * units_of(space, Words)
    assert cost.multiply_adds == cost.params - unused


def test_units_may_be_given():
    assert units_of(tree(units=650), Words) == 650


def test_a_budget_too_small_is_told_in_one_line():
    with pytest.raises(UsageError, match="at least .*Received: 100") as caught:
        tree(params=100).cost(NAS_CELL, Words)
    assert "\n" not in str(caught.value)


SMALL = tree(units=3, init_range=0.02, use_bias=True)


def weights(space, seed):
    keras.utils.set_random_seed(seed)
    model = space.build(NAS_CELL, Letters)
    return [keras.ops.convert_to_numpy(w) for w in model.weights]


def test_weights_begin_uniform_each_by_itself():
    found = weights(SMALL, 0)
    biases = [w for w in found if w.ndim == 1]
    assert len(biases) == 3
    assert all((bias == 0).all() for bias in biases)
    matrices = [w for w in found if w.ndim == 2]
    assert len(matrices) == 6
    for matrix in matrices:
        assert 0.01 < abs(matrix).max() <= 0.02
    assert len({matrix.tobytes() for matrix in matrices}) == 6


def test_the_global_seed_decides_the_weights():
    first, again, other = (weights(SMALL, seed) for seed in (1, 1, 2))
    for a, b in zip(first, again):
        np.testing.assert_array_equal(a, b)
    assert any((a != b).any() for a, b in zip(first, other))


def test_the_global_seed_decides_the_masks():
    space = SMALL.with_options(
        {
            "init_range": 1.0,
            "embedding_dropout": 0.2,
            "input_dropout": 0.2,
            "recurrent_dropout": 0.2,
            "output_dropout": 0.2,
        }
    )
    tokens = np.arange(40).reshape(8, 5).astype("int32") % 7

    def outputs(seed):
        keras.utils.set_random_seed(seed)
        model = space.build(NAS_CELL, Letters)
        out = model(tokens, training=True)
        return keras.ops.convert_to_numpy(out)

    np.testing.assert_array_equal(outputs(1), outputs(1))


@pytest.mark.parametrize("name", ["embedding", "input", "recurrent", "output"])
def test_each_dropout_is_in_the_model(name):
    keras.utils.set_random_seed(0)
    space = tree(base=2, units=4, init_range=1.0, **{f"{name}_dropout": 0.5})
    add = ("add", "tanh")
    model = space.build(TreeSpec((add, add, add), add, 0, 1), Letters)
    tokens = np.ones((8, 3), "int32")
    quiet = keras.ops.convert_to_numpy(model(tokens))
    np.testing.assert_allclose(quiet, quiet[:1] + 0 * quiet, atol=1e-6)
    loud = keras.ops.convert_to_numpy(model(tokens, training=True))
    assert abs(loud - loud[:1]).max() > 1e-3


def test_models_states_are_those_of_its_layers():
    model = tree(units=4, num_layers=3).build(NAS_CELL, Letters)
    states = model.initial_states(2)
    assert [tuple(state.shape) for state in states] == [(2, 4)] * 6
    tokens = np.arange(12).reshape(2, 6).astype("int32") % 7
    whole, _ = model.advance(tokens, states)
    first, states = model.advance(tokens[:, :2], states)
    second, _ = model.advance(tokens[:, 2:], states)
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(whole),
        keras.ops.convert_to_numpy(keras.ops.concatenate([first, second], 1)),
        atol=1e-6,
    )


OLD = "tree(base=4, units=64, num_layers=1, input_dropout=0.2)"
NEW = (
    "tree(base=4, skeleton='language_model(units=64, num_layers=1, "
    "input_dropout=0.2)')"
)


def test_options_of_earlier_versions_are_those_of_the_skeleton():
    assert registry.upgraded("spaces", OLD) == NEW
    assert registry.upgraded("spaces", NEW) == NEW
    space = registry.make("spaces", OLD)
    assert space == registry.make("spaces", NEW)
    assert registry.make("spaces", registry.call_string(space)) == space


def test_options_in_both_ways_are_refused_in_one_line():
    call = "tree(units=3, skeleton='language_model(num_layers=1)')"
    with pytest.raises(UsageError, match="units beside it") as caught:
        registry.make("spaces", call)
    assert "\n" not in str(caught.value)


def test_a_cell_of_another_base_has_its_own_size():
    cost = Tree(base=3).cost(NAS_CELL, Letters)
    assert cost == Tree(base=8).cost(NAS_CELL, Letters)
