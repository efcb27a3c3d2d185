"""ENAS's micro space: sizes of the authors' networks, and shared weights."""

import math

import keras
import numpy as np
import pytest

from nas_tf import registry
from nas_tf.children import counting
from nas_tf.errors import UsageError
from nas_tf.evaluators import _shared_sampling
from nas_tf.search.run_search import run_search
from nas_tf.spaces.enas_micro import ENASMicro
from nas_tf.spaces.nasnet import NASNet
from nas_tf.specs import enas_stack
from nas_tf.specs.cell_stack import Layout
from nas_tf.specs.enas_published import ENAS_MICRO
from nas_tf.specs.image_cell import IDENTITY
from nas_tf.specs.image_cell import SEPARABLE_3X3
from tests import sharing


class Pictures:
    kind = "classification"
    input_shape = (32, 32, 3)
    num_outputs = 10


class Small(Pictures):
    input_shape = (8, 8, 3)
    num_outputs = 3


PUBLISHED = ENASMicro(num_repeats=5, filters=36)
# Of the authors' code, with the weights of each cell.
CELLS = (
    *(34200, 36792, 39384, 39384, 39384),
    *(115488, 120240, 133200, 138384, 138384, 138384),
    *(427968, 442656, 494496, 515232, 515232, 515232),
)


def test_sizes_of_the_published_network():
    assert PUBLISHED.cost(ENAS_MICRO, Pictures()).params == 3894372
    small = ENASMicro(num_repeats=2, filters=20)
    assert small.cost(ENAS_MICRO, Pictures()).params == 608540


def test_number_of_architectures_of_the_paper():
    """(5 (B - 2)!)^4 counts the ordered halves of a cell alone."""
    space = ENASMicro()
    sizes = [decision.num_actions for decision in space.decisions]
    # Two cells, and in each of five blocks two inputs and two operations.
    assert math.prod(sizes) == (math.prod((2, 3, 4, 5, 6)) ** 2 * 5**10) ** 2


def test_loose_ends_count_the_inputs():
    normal, reduction = ENAS_MICRO.normal, ENAS_MICRO.reduction
    assert normal.put_out() == (2, 3, 4, 5, 6)
    assert reduction.put_out() == (2, 4, 5, 6)
    space = ENASMicro(num_blocks=1)
    assert space.decode((0, 0, 0, 1) * 2).normal.put_out() == (1, 2)


def test_the_published_cells_are_of_the_space():
    space = ENASMicro()
    assert space.decode(space.encode(ENAS_MICRO)) == ENAS_MICRO


def test_paths_of_deep_cells_are_dropped_more_often():
    """Of the l-th of L cells a share of l / L, as in the authors' code."""
    depths = [place.depth for place in enas_stack.places(Layout(5, 36))]
    assert depths == [(k + 1) / 17 for k in range(17)]


def test_built_networks_are_as_counted():
    """Even where a reduction cell puts out its inputs."""
    space = ENASMicro(num_blocks=2, num_repeats=1, filters=4)
    for row in sharing.random_rows(space, 1):
        keras.utils.clear_session()
        spec = space.decode(row)
        model = space.build(spec, Small())
        assert counting.count(model) == space.cost(spec, Small())


@pytest.mark.slow
def test_the_published_network_cell_by_cell():
    keras.utils.clear_session()

    class Trained(Pictures):
        auxiliary_weight = 0.4
        num_steps = 100

    space = ENASMicro(num_repeats=5, filters=36, drop_path_keep=0.6)
    model = space.build(ENAS_MICRO, Trained())

    def weights(prefix, variables):
        found = [v for v in variables if v.path.startswith(prefix)]
        return sum(math.prod(v.shape) for v in found)

    trained = model.trainable_variables
    assert tuple(weights(f"cell_{k}_", trained) for k in range(17)) == CELLS
    assert weights("stem_", trained) == 3132
    assert weights("probabilities", trained) == 7200
    assert weights("auxiliary", trained) == 494848
    assert weights("", trained) == 4389220
    drops = [x for x in model.layers if "drop_path" in x.name]
    # Of the authors' code: the last cell half-way and at the end of the
    # training, and the first one after 1 of 100 steps.
    keeps = sorted({drop.keep for drop in drops})
    shares = [1 - n / 100 * (1 - keeps[0]) for n in (1, 50, 100)]
    assert shares == pytest.approx([0.996, 0.8, 0.6])
    assert 1 - (1 - keeps[-1]) / 100 == pytest.approx(0.999765, abs=1e-6)


@pytest.mark.slow
def test_size_of_all_shared_weights():
    keras.utils.clear_session()
    shared = ENASMicro().build_shared(Pictures(), affine=True)
    assert sharing.num_weights(shared) == 5373140
    found = [0] * 8
    for v in shared.trainable_variables:
        if v.path.startswith("cell_"):
            found[int(v.path[5])] += math.prod(v.shape)
    assert found == [
        *(130120, 128880, 390640, 388880),
        *(388880, 1318880, 1312160, 1312160),
    ]

    def formula(f):
        separable = sum(2 * (k * k * f + f * f + 2 * f) for k in (3, 5))
        places = sum(2 * (i + 2) for i in range(5))
        return places * separable + 7 * f * f + 2 * f

    assert formula(20) == 128880 - 1240
    assert formula(40) == 388880


X = np.random.default_rng(0).normal(size=(4, 8, 8, 3)).astype("float32")


def test_shared_weights_are_exact():
    space = ENASMicro(num_blocks=2, num_repeats=1, filters=2)
    rows = sharing.random_rows(space, 2)
    sharing.check(space, Small(), X, rows, compiled=False)


@pytest.mark.parametrize(
    "space",
    [
        ENASMicro(num_blocks=1, num_repeats=1, filters=2),
        NASNet(
            num_blocks=1,
            num_repeats=1,
            filters=2,
            combinations=("add",),
            operations=(SEPARABLE_3X3, IDENTITY),
        ),
    ],
    ids=("enas_micro", "nasnet"),
)
def test_a_mixture_of_one_choice_is_that_choice(space):
    keras.utils.clear_session()
    keras.utils.set_random_seed(1)
    shared = space.build_shared(Small())
    mixed = space.build_shared(Small(), mixed=True)
    sharing.disturb(shared)
    mixed.set_weights(shared.get_weights())
    [row] = sharing.random_rows(space, 1)
    shares = _shared_sampling.one_hot(space.decisions, row)
    found = mixed((X, shares))
    wanted = shared((X, np.array(row, "int32")))
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.slow
def test_a_mixture_of_cells_is_learned():
    archive = run_search(
        ENASMicro(1, (SEPARABLE_3X3, IDENTITY), num_repeats=1, filters=2),
        "digits(batch_size=20)",
        strategy="darts(learning_rate=0.1)",
        # Half of the validation images: all batches have one shape.
        evaluator="shared(sampling='mixture', steps=20, steps_per_phase=10, "
        "batches_per_phase=1, examples=300, derive=4, derive_examples=300, "
        "derive_top=1)",
        max_children=4,
        children_per_replica=2,
    )
    # Without any learning all architectures would be equally probable.
    even = -2 * np.log(2 * 2 * 2 * 2)
    first = archive.derived[0]
    assert first.proposal.log_prob > even + 0.1
    assert first.proposal.log_prob == max(
        t.proposal.log_prob for t in archive.derived
    )


@pytest.mark.slow
def test_all_architectures_are_traced_once():
    space = ENASMicro(num_blocks=1, num_repeats=1, filters=1)
    sharing.check(space, Small(), X, sharing.random_rows(space, 4))


@pytest.mark.slow
def test_shared_weights_of_large_cells_are_exact():
    space = ENASMicro(num_repeats=1, filters=2)
    rows = sharing.random_rows(space, 6)
    sharing.check(space, Small(), X, rows, compiled=False, affine=True)


@pytest.mark.slow
@pytest.mark.parametrize("outputs", ["unread", "all"])
def test_shared_weights_of_nasnet_are_exact(outputs):
    space = NASNet(
        num_blocks=2,
        num_repeats=1,
        filters=2,
        combinations=("add",),
        outputs=outputs,
    )
    rows = sharing.random_rows(space, 4)
    sharing.check(space, Small(), X, rows, compiled=False)


@pytest.mark.parametrize(
    "call, words",
    [
        ("nasnet", r"combinations=\('add',\) for shared weights"),
        ("nasnet(combinations=('add',), stem='imagenet')", "stem='cifar'"),
    ],
)
def test_what_cannot_be_shared_is_told_in_a_line(call, words):
    space = registry.make("spaces", call)
    with pytest.raises(UsageError, match=words):
        space.build_shared(Pictures())


def test_an_auxiliary_output_is_not_shared():
    class Trained(Pictures):
        auxiliary_weight = 0.4

    with pytest.raises(UsageError, match="auxiliary_weight=0"):
        ENASMicro().build_shared(Trained())


@pytest.mark.parametrize(
    "call, words",
    [
        ("enas_micro(num_blocks=9)", "`num_blocks` to be a whole number"),
        ("enas_micro(operations=('conv',))", "`operations` to be a tuple"),
        ("enas_micro(filters=0)", "`filters` to be a whole number"),
        ("enas_micro(num_repeats=0)", "`num_repeats` to be a whole number"),
        ("enas_micro(drop_path_keep=0)", "`drop_path_keep` to be a number"),
    ],
)
def test_bad_options_are_one_line(call, words):
    with pytest.raises(UsageError, match=words):
        registry.make("spaces", call)
