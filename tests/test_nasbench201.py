"""The space of NAS-Bench-201: cells, their networks, and the authors' table.

The table is read where `NAS_TF_DATA_DIR` names a folder that has
`nasbench201/nasbench201.csv.gz`, with columns `ops` and `equiv_class`.
"""

import csv
import dataclasses
import gzip
import os
import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest

from nas_tf import registry
from nas_tf.children.nasbench201 import cell_net
from nas_tf.errors import UsageError

SPACE = registry.make("spaces", "nasbench201")
SMALL = registry.make("spaces", "nasbench201(channels=4, cells=2)")
# The first has all five operations; in the third, nodes 1 and 2 are not read.
CELLS = ["013423", "333333", "233000", "000000", "421211"]
every_cell = pytest.mark.parametrize("digits", CELLS)


class Cifar10:
    input_shape = (32, 32, 3)
    input_dtype = "float32"
    num_outputs = 10


class Odd:
    input_shape = (9, 7, 2)
    input_dtype = "float32"
    num_outputs = 4


def spec(digits):
    return SPACE.decode(tuple(int(digit) for digit in digits))


def images(task=Odd, count=2):
    rng = np.random.default_rng(0)
    return rng.normal(size=(count, *task.input_shape)).astype(np.float32)


def first_cell(digits):
    """Returns a network, and the input and output of its first cell."""
    model = cell_net(spec(digits), Odd.input_shape, 4, channels=3, cells=1)
    ends = [
        model.get_layer("stem_batch_norm").output,
        model.get_layer("stage_1_cell_1_node_3").output,
    ]
    inputs, outputs = keras.Model(model.input, ends)(images())
    return model, np.array(inputs), np.array(outputs)


def test_a_key_has_the_digits_in_the_order_of_the_edges():
    assert SPACE.key((3, 0, 1, 2, 4, 3)) == "301243"
    assert SPACE.key(np.array([3, 0, 1, 2, 4, 3])) == "301243"
    assert [d.kind for d in SPACE.decisions] == ["operation"] * 6
    assert [d.size for d in SPACE.decisions] == [5] * 6


@pytest.mark.parametrize(
    "digits, expected",
    [
        ("000100", lambda x: x),
        ("101001", lambda x: x),
        ("100110", lambda x: 2 * x),
        ("111111", lambda x: 4 * x),
        ("011001", lambda x: x),
        ("101000", lambda x: 0 * x),
        ("001111", lambda x: x),
    ],
)
def test_nodes_add_what_arrives(digits, expected):
    _, inputs, outputs = first_cell(digits)
    np.testing.assert_allclose(outputs, expected(inputs), rtol=1e-5)


def test_a_pool_averages_the_positions_there_are():
    _, inputs, outputs = first_cell("000400")
    np.testing.assert_allclose(
        outputs[:, 0, 0], inputs[:, :2, :2].mean((1, 2)), atol=1e-6
    )
    np.testing.assert_allclose(
        outputs[:, 3, 3], inputs[:, 2:5, 2:5].mean((1, 2)), atol=1e-6
    )


def test_convolution_follows_relu_and_comes_before_batch_norm():
    model, inputs, outputs = first_cell("000200")
    kernel = np.array(model.get_layer("stage_1_cell_1_03_conv").kernel)[0, 0]
    # Moving statistics are 0 and 1 before any training.
    expected = np.maximum(inputs, 0) @ kernel / np.sqrt(1 + 1e-5)
    np.testing.assert_allclose(outputs, expected, atol=1e-5)


def test_the_layers_are_the_papers():
    model = SPACE.build(spec("000100"), Cifar10)
    shapes = {
        layer.name: tuple(layer.output.shape[1:]) for layer in model.layers
    }
    assert shapes["stem_conv"] == (32, 32, 16)
    assert shapes["stage_1_cell_5_node_3"] == (32, 32, 16)
    assert shapes["residual_1_first_conv"] == (16, 16, 32)
    assert shapes["residual_1_shortcut_conv"] == (16, 16, 32)
    assert shapes["stage_3_cell_5_node_3"] == (8, 8, 64)
    assert shapes["average"] == (64,)
    assert not any("cell_6" in name for name in shapes)
    biased = [x.name for x in model.layers if getattr(x, "use_bias", False)]
    assert biased == ["probabilities"]


@every_cell
@pytest.mark.parametrize("task", [Odd, Cifar10])
def test_cost_is_that_of_the_built_model(digits, task):
    model = SMALL.build(spec(digits), task)
    cost = SMALL.cost(spec(digits), task)
    assert cost.params == sum(
        int(np.prod(v.shape)) for v in model.trainable_variables
    )
    multiply_adds = 0
    for layer in model.layers:
        if isinstance(layer, (keras.layers.Conv2D, keras.layers.Dense)):
            positions = int(np.prod(layer.output.shape[1:-1]))
            multiply_adds += positions * int(np.prod(layer.kernel.shape))
    assert cost.multiply_adds == multiply_adds


def test_cost_is_the_published_one():
    # The benchmark's smallest and largest: 0.073306 M and 7.78305 MFLOPs,
    # 1.531546 M and 220.11969; ten of its operations are the last biases.
    smallest = SPACE.cost(spec("000000"), Cifar10)
    assert smallest == (73_306, 7_783_050 - 10)
    largest = SPACE.cost(spec("333333"), Cifar10)
    assert largest == (1_531_546, 220_119_690 - 10)


@pytest.mark.slow
@every_cell
def test_saved_model_loads(digits, tmp_path):
    model = SMALL.build(spec(digits), Odd)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(
        np.array(loaded(images())), np.array(model(images())), atol=1e-6
    )


@pytest.mark.slow
def test_saved_model_loads_without_the_package(tmp_path):
    model = SMALL.build(spec("013423"), Odd)
    model.save(tmp_path / "model.keras")
    np.save(tmp_path / "images.npy", images())
    np.save(tmp_path / "outputs.npy", np.array(model(images())))
    code = (
        "import sys, keras, numpy as np\n"
        "model = keras.models.load_model('model.keras')\n"
        "outputs = np.array(model(np.load('images.npy')))\n"
        "expected = np.load('outputs.npy')\n"
        "np.testing.assert_allclose(outputs, expected, atol=1e-6)\n"
        "assert 'nas_tf' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)


@pytest.mark.slow
def test_a_cell_is_trained():
    task = registry.make("tasks", "digits(epochs=2, train_examples=128)")
    for digits in ("233000", "013423"):
        result = registry.make("evaluators", "standalone").evaluate(
            SMALL, task, tuple(map(int, digits)), seed=1
        )
        assert result.status == "ok", result.error
        assert result.spec == spec(digits).to_json()
        assert 0 < result.metrics["loss"] < 4


@pytest.mark.parametrize(
    "make",
    [
        lambda: dataclasses.replace(SPACE, channels=0),
        lambda: dataclasses.replace(SPACE, cells=2.5),
        lambda: dataclasses.replace(SPACE, batch_norm_momentum=1),
        lambda: dataclasses.replace(SPACE, batch_norm_epsilon=0),
        lambda: SPACE.check_task(registry.make("tasks", "pydoc_topics")),
        lambda: SPACE.decode((0, 0, 0, 0, 0)),
    ],
)
def test_what_cannot_be_is_refused(make):
    with pytest.raises(UsageError, match="Expected .*Received: ") as caught:
        make()
    assert "\n" not in str(caught.value)


@pytest.fixture(scope="module")
def table():
    folder = pathlib.Path(os.environ.get("NAS_TF_DATA_DIR") or "nowhere")
    path = folder / "nasbench201" / "nasbench201.csv.gz"
    if not path.is_file():
        pytest.skip("NAS_TF_DATA_DIR has no nasbench201/")
    with gzip.open(path, "rt", newline="") as file:
        return {row["ops"]: row for row in csv.DictReader(file)}


@pytest.mark.real_data
def test_every_cell_has_a_row(table):
    cells = np.ndindex(*[d.num_actions for d in SPACE.decisions])
    assert {SPACE.key(cell) for cell in cells} == set(table)
    assert len(table) == 15_625


@pytest.mark.real_data
def test_the_tables_classes_follow_from_edges_and_operations(table):
    """No other order of the edges or numbering of operations gives them."""
    pairs = {
        (function(spec(key)), row["equiv_class"]) for key, row in table.items()
    }
    assert len(pairs) == 6_466
    assert len({name for name, _ in pairs}) == 6_466
    assert len({number for _, number in pairs}) == 6_466


def function(cell):
    """Returns the text by which the authors tell cells apart.

    Sums are sorted as text, nested ones as they are, so that some cells that
    compute the same have different texts.
    """
    nodes = {0: "0"}
    for node in (1, 2, 3):
        arriving = []
        for source, target, operation in cell.edges():
            if target == node:
                text = f"({nodes[source]})@{operation}"
                if operation == "none" or nodes[source] == "#":
                    text = "#"
                elif operation == "skip_connect":
                    text = nodes[source]
                arriving.append(text)
        nodes[node] = "+".join(sorted(arriving))
    return nodes[3]
