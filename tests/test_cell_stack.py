"""Networks of cells of images: as counted, trainable, and like Keras's."""

import math
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from nas_tf.children import counting
from nas_tf.children.cell_stack import cell_stack
from nas_tf.errors import UsageError
from nas_tf.specs import image_cell as cells
from nas_tf.specs.cell_stack import Layout
from nas_tf.specs.cell_stack_cost import cost
from nas_tf.specs.image_cell import Block
from nas_tf.specs.image_cell import ImageCell
from nas_tf.specs.nasnet import NASNET_A
from nas_tf.training.lessons.classification import Classification
from tests.cells_of_images import random_cell

SMALL = Layout(1, 2)


def random_network(seed):
    """Returns the arguments of a random small network."""
    rng = np.random.default_rng(seed)
    num_blocks = 1 + seed % 5
    size = int(rng.integers(8, 33))
    # ImageNet's stem reduces by 8 before the two reductions.
    stem = "imagenet" if size >= 24 and rng.random() < 0.3 else "cifar"
    layout = Layout(
        1 if num_blocks > 2 else int(rng.integers(1, 3)),
        8 if stem == "imagenet" else int(rng.integers(1, 5)),
        stem,
        skip_reduction=bool(rng.random() < 0.5),
    )
    pair = [random_cell(rng, num_blocks) for _ in range(2)]
    return (*pair, layout, (size, size, 3), 3)


@pytest.mark.parametrize(
    "seed",
    [
        pytest.param(seed, marks=[pytest.mark.slow] if seed else [])
        for seed in range(12)
    ],
)
def test_random_networks_are_as_counted_and_can_be_trained(seed):
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    arguments = random_network(seed)
    model = cell_stack(*arguments)
    found = counting.count(model)
    wanted = cost(*arguments)
    assert found.params == wanted.params
    assert found.multiply_adds == wanted.multiply_adds
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(2, *arguments[3])).astype("float32")
    y = rng.integers(0, 3, 2).astype("int32")
    check_a_step(model, x, y)


def check_a_step(model, x, y):
    """Computes a step of training eagerly, which compiles nothing."""
    with tf.GradientTape() as tape:
        loss, _, _ = Classification().learn(model, (x, y), ())
    found = tape.gradient(loss, model.trainable_variables)
    assert np.isfinite(loss)
    assert all(value is not None for value in found)
    assert all(np.isfinite(value).all() for value in found)


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
