"""Networks of cells of images: as counted, trainable, and like Keras's."""

import math
import subprocess
import sys

import keras
import numpy as np
import pytest

from benchmarks.random_cells import build_and_check
from benchmarks.random_cells import check_a_step
from nas_tf.children.cell_stack import cell_stack
from nas_tf.errors import UsageError
from nas_tf.specs import image_cell as cells
from nas_tf.specs.cell_stack import Layout
from nas_tf.specs.image_cell import Block
from nas_tf.specs.image_cell import ImageCell
from nas_tf.specs.nasnet import NASNET_A

SMALL = Layout(1, 2)


@pytest.mark.parametrize(
    "seed",
    [
        pytest.param(seed, marks=[pytest.mark.slow] if seed else [])
        for seed in range(12)
    ],
)
def test_random_networks_are_as_counted_and_can_be_trained(seed):
    build_and_check(seed)


EVERYTHING = ImageCell(
    tuple(
        Block(number % 2, name, 1 - number % 2, cells.IDENTITY, combination)
        for number, (name, combination) in enumerate(
            zip(cells.OPERATIONS, cells.COMBINATIONS * 4)
        )
    )
)


@pytest.fixture(scope="module")
def everything():
    """A model with every operation, in both cells."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(0)
    return cell_stack(EVERYTHING, EVERYTHING, SMALL, (8, 8, 3), 3)


def test_every_operation_has_a_gradient_everywhere(everything):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4, 8, 8, 3)).astype("float32")
    check_a_step(everything, x, np.array([0, 1, 2, 0], "int32"))


@pytest.mark.slow
def test_a_saved_model_opens_without_this_package(everything, tmp_path):
    """Other networks have no other kinds of layer."""
    x = np.random.default_rng(0).normal(size=(4, 8, 8, 3)).astype("float32")
    everything.save(tmp_path / "model.keras")
    np.save(tmp_path / "x.npy", x)
    code = (
        "import sys, keras, numpy as np\n"
        "assert 'nas_tf' not in sys.modules\n"
        "model = keras.models.load_model('model.keras')\n"
        "np.save('y.npy', np.array(model(np.load('x.npy'))))\n"
    )
    subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, check=True, timeout=120
    )
    np.testing.assert_allclose(
        np.load(tmp_path / "y.npy"), np.array(everything(x)), atol=1e-6
    )


@pytest.mark.slow
def test_auxiliary_head():
    keras.utils.clear_session()
    layout = Layout(6, 32)
    arguments = (NASNET_A.normal, NASNET_A.reduction, layout, (32, 32, 3), 10)
    model = cell_stack(*arguments, auxiliary=True)
    head = [v for v in model.trainable_variables if "auxiliary" in v.path]
    assert sum(math.prod(v.shape) for v in head) == 1631498
    moving = [v for v in model.non_trainable_variables if "auxiliary" in v.path]
    assert sum(math.prod(v.shape) for v in moving) == 1792
    assert model.get_layer("auxiliary_pool").output.shape == (None, 4, 4, 384)
    assert [shape[1:] for shape in model.output_shape] == [(10,), (10,)]


def test_an_auxiliary_head_needs_pixels():
    cell = ImageCell((Block(0, cells.IDENTITY, 1, cells.IDENTITY),))
    with pytest.raises(UsageError, match="at least 5x5 pixels.* 4x4"):
        cell_stack(cell, cell, SMALL, (8, 8, 3), 3, auxiliary=True)


def test_drop_path_is_for_training_only():
    keras.utils.clear_session()
    keras.utils.set_random_seed(0)
    cell = ImageCell((Block(0, cells.CONV_1X1, 1, cells.CONV_1X1),))
    arguments = (cell, cell, SMALL, (8, 8, 3), 3)
    options = {"drop_path_keep": 0.5, "drop_path_steps": 1, "seed": 1}
    model = cell_stack(*arguments, **options)
    plain = cell_stack(*arguments)
    for layer in plain.layers:
        layer.set_weights(model.get_layer(layer.name).get_weights())
    x = np.random.default_rng(0).normal(size=(4, 8, 8, 3)).astype("float32")
    np.testing.assert_allclose(
        np.array(model(x)), np.array(plain(x)), atol=1e-6
    )
    # The first step drops nothing, as the share kept falls from 1.
    first, second = (np.array(model(x, training=True)) for _ in range(2))
    assert np.abs(first - second).max() > 1e-4


def test_only_paths_that_are_no_identity_are_dropped():
    keras.utils.clear_session()
    cell = ImageCell((Block(0, cells.CONV_1X1, 1, cells.IDENTITY),))
    model = cell_stack(
        cell,
        cell,
        SMALL,
        (8, 8, 3),
        3,
        drop_path_keep=0.5,
        drop_path_steps=10,
    )
    names = [layer.name for layer in model.layers if "drop_path" in layer.name]
    assert len(names) == SMALL.num_cells
    assert all("left" in name for name in names)
