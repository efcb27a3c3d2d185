"""Tasks of a user's own arrays, from every form of data."""

import dataclasses
import pickle
import subprocess
import sys

import keras
import numpy as np
import pytest

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.tasks import _store
from nas_tf.tasks._objective import CLASSIFICATION
from nas_tf.tasks._objective import MULTI_LABEL
from nas_tf.tasks._objective import REGRESSION
from nas_tf.tasks._preparation import Preparation
from nas_tf.tasks.arrays import from_data

COUNT = 60
SPLITS = ("train", "valid", "test")


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cache")
        patch.setenv("NAS_TF_CACHE_DIR", str(folder))
        yield folder


def numbers(count=COUNT, shape=(4,), seed=0):
    rng = np.random.default_rng(seed)
    scale = 10.0 ** np.arange(shape[-1])
    return (5 + rng.normal(size=(count, *shape)) * scale).astype(np.float32)


def strings(count=COUNT):
    return np.array(["red", "green", "blue"])[np.arange(count) % 3]


X = {
    "numbers": numbers(),
    "one": numbers()[:, 0],
    "booleans": numbers() > 5,
    "pictures of floats": numbers(shape=(6, 5, 3)),
    "tiny": numbers() * np.float32([1e-37, 1e-20, 1e-12, 1]),
    "huge": numbers() * np.float32([1, 1e15, 1e20, 3e33]),
    "from end to end": np.linspace(-3.4e38, 3.4e38, COUNT, dtype=np.float32),
    "tiny column": {"a": numbers()[:, 0] * np.float32(1e-37)},
    "far from 0": 1e30 + numbers() * np.float32(1e26),
    "list": numbers().tolist(),
    "columns": {"a": numbers()[:, 0], "colour": strings(), "b b": [1] * COUNT},
    "strings": {"colour": strings()},
    "dict": {"x": numbers(), "age": numbers()[:, 0]},
    "tuple": (numbers(), numbers(shape=(2, 3))),
    "with pictures": {
        "picture": (numbers(shape=(4, 4, 1)) % 256).astype(np.uint8),
        "x": numbers(),
    },
}
Y = {
    "integers": (np.arange(COUNT) % 3, CLASSIFICATION, 3),
    "column": ((np.arange(COUNT) % 3)[:, None], CLASSIFICATION, 3),
    "strings": (strings(), CLASSIFICATION, 3),
    "booleans": (np.arange(COUNT) % 2 == 0, CLASSIFICATION, 2),
    "one-hot": (np.eye(3)[np.arange(COUNT) % 3], CLASSIFICATION, 3),
    "labels": (np.arange(COUNT)[:, None] >> np.arange(4) & 1, MULTI_LABEL, 4),
    "floats": (np.linspace(3, 5, COUNT), REGRESSION, 1),
    "several": (numbers(shape=(2,)), REGRESSION, 2),
}


@pytest.fixture(params=X)
def x(request):
    return X[request.param]


def test_the_exported_preparation_is_that_of_training(x):
    task = from_data((x, Y["integers"][0]))
    prepare = task.preprocessing()
    for split in SPLITS:
        raw, targets = task.raw(split)
        inputs, ours = task.load(split)
        np.testing.assert_array_equal(targets, ours)
        found = prepare(keras.tree.map_structure(np.asarray, raw))
        pairs = zip(
            keras.tree.flatten(found), keras.tree.flatten(inputs), strict=True
        )
        for theirs, wanted in pairs:
            np.testing.assert_allclose(theirs, wanted, atol=1e-5)
            assert 0.9 < np.abs(wanted).max() < 10
            assert wanted.dtype == np.float32 and len(wanted) == len(targets)


@pytest.mark.parametrize("name", ["tiny", "huge", "tiny column"])
def test_numbers_of_any_scale_are_the_same_in_a_file(name, tmp_path):
    task = from_data((X[name], Y["integers"][0]))
    task.preprocessing().save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    inputs, _ = task.load("test")
    found = loaded.predict(task.raw("test")[0], verbose=0)
    np.testing.assert_allclose(found, inputs, atol=1e-5)


def test_inputs_are_what_a_model_is_given(x):
    task = from_data((x, Y["integers"][0]), batch_size=8)
    task.check()
    [*batches] = task.batches("train", 0, 0)
    inputs, targets = batches[0]
    found = keras.tree.map_structure(lambda a: (a.shape, str(a.dtype)), inputs)
    wanted = task.inputs
    if isinstance(wanted, dict):
        assert list(wanted) == list(inputs)
        wanted = {k: ((8, *s), dtype) for k, (s, dtype) in wanted.items()}
    elif isinstance(wanted[1], str):
        wanted = ((8, *wanted[0]), wanted[1])
        assert task.input_shape == inputs.shape[1:]
    else:
        wanted = tuple(((8, *s), dtype) for s, dtype in wanted)
    assert found == wanted
    assert len(targets) == 8 and targets.dtype == np.int32


def test_numbers_are_standardised_by_the_training_examples():
    task = from_data((numbers(), Y["integers"][0]))
    inputs = task.load("train")[0]
    np.testing.assert_allclose(inputs.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(inputs.std(0), 1, atol=1e-5)
    assert np.abs(task.load("valid")[0].mean(0)).max() > 1e-3


def test_large_numbers_that_hardly_differ_keep_their_differences():
    x = (1e6 + np.arange(COUNT)).astype(np.float32)
    inputs = from_data((x, Y["integers"][0])).load("train")[0]
    np.testing.assert_allclose(inputs.std(), 1, atol=1e-3)
    constant = from_data((np.full(COUNT, 7.0), Y["integers"][0]))
    assert not constant.load("train")[0].any()


def test_strings_of_other_splits_may_be_unknown():
    x = {"colour": strings(), "a": numbers()[:, 0]}
    other = {"colour": ["red", "mauve", "blue"], "a": [1.0, 2.0, 3.0]}
    task = from_data((x, Y["integers"][0]), (other, [0, 1, 2]))
    assert task.inputs == ((5,), "float32")
    inputs, targets = task.load("valid")
    unknown = inputs[targets == 1][0]
    np.testing.assert_array_equal(unknown[:4], [1, 0, 0, 0])
    assert (inputs[:, :4].sum(1) == 1).all()


@pytest.mark.parametrize("name", Y)
def test_targets_decide_what_is_learned(name):
    y, kind, outputs = Y[name]
    task = from_data((numbers(), y), epochs=2, reward_epochs=2)
    assert (task.kind, task.num_outputs) == (kind, outputs)
    keras.utils.set_random_seed(0)
    model = network(task)
    history = task.fit(model, 0)
    metrics = task.metrics(history)
    assert task.reward(history) > task.failure_reward
    assert f"val_{task.measure}" in metrics and task.show(0.5)
    assert task.best_epoch(history) in (0, 1)
    scores = task.evaluate(model, "test")
    prepare = task.preprocessing()
    raw = keras.Model(prepare.input, model(prepare.output))
    raw.compile(**task.compile_arguments())
    found = raw.evaluate(*task.raw("test"), verbose=0, return_dict=True)
    np.testing.assert_allclose(found["loss"], scores["loss"], rtol=1e-4)
    measure = task.measure
    np.testing.assert_allclose(found[measure], scores[measure], rtol=1e-4)


def network(task):
    inputs = keras.Input(task.input_shape)
    x = keras.layers.Dense(task.num_outputs, task.output_activation)(inputs)
    if task.output_scale is not None:
        centre, width = task.output_scale
        x = keras.layers.Rescaling(list(width), list(centre))(x)
    return keras.Model(inputs, x)


@pytest.mark.parametrize("metric", ["auc", "f1_score", "precision", "recall"])
def test_a_metric_that_needs_one_hot_targets_gets_them(metric):
    task = from_data((numbers(), Y["integers"][0]), metric=metric, epochs=1)
    model = network(task)
    scores = task.evaluate(model, "test")
    prepare = task.preprocessing()
    raw = keras.Model(prepare.input, model(prepare.output))
    raw.compile(**task.compile_arguments())
    found = raw.evaluate(*task.raw("test"), verbose=0, return_dict=True)
    np.testing.assert_allclose(found[metric], scores[metric], rtol=1e-4)


def test_an_error_is_compared_to_that_of_the_mean():
    y = Y["floats"][0]
    task = from_data((numbers(), y), metric="mse")
    train, valid = task.targets("train"), task.targets("valid")
    wanted = ((valid - train.mean()) ** 2).mean()
    assert task.reference == pytest.approx(wanted, rel=1e-4)
    history = {"val_mean_squared_error": [wanted], "val_loss": [wanted]}
    assert task.reward(history) == pytest.approx(0.5, rel=1e-4)
    assert "1 / (1 + mean squared error / " in task.reward_formula
    history["val_mean_squared_error"] = [3.0, 1.0, 2.0]
    history["val_loss"] = [1.0, 2.0, 3.0]
    assert task.best_epoch(history) == 1


def test_splits_that_are_not_given_are_drawn_with_equal_shares():
    y = np.repeat(["often", "seldom", "once"], [80, 19, 1])
    task = from_data((np.arange(100.0), y))
    raw = [task.raw(split)[0] for split in SPLITS]
    together = np.concatenate(raw)
    np.testing.assert_array_equal(np.sort(together), np.arange(100))
    counts = [np.bincount(task.targets(s), minlength=3) for s in SPLITS]
    # In the order of the alphabet: often, once, seldom.
    assert [c.tolist() for c in counts] == [[56, 1, 13], [16, 0, 4], [8, 0, 2]]
    other = dataclasses.replace(task, split_seed=1)
    assert not np.array_equal(other.raw("valid")[0], raw[1])
    given = from_data((np.arange(100.0), y), ([1000.0], ["once"]))
    assert given.raw("valid")[0].tolist() == [1000.0]
    assert given.num_examples("train") == 91 - 1


@pytest.mark.parametrize(
    "targets, loss",
    [
        (np.eye(3), None),
        (np.eye(3) * 0.8 + 0.2 / 3, "categorical_crossentropy"),
        (np.eye(3)[:, 1:2], "binary_crossentropy"),
    ],
)
def test_one_hot_targets_and_a_label_are_drawn_with_equal_shares(targets, loss):
    classes = np.repeat([0, 1, 2], [40, 10, 10])
    task = from_data((np.arange(60.0), targets[classes]), loss=loss)
    drawn = [classes[task.raw(s)[0].astype(int)] for s in ("valid", "test")]
    counts = [np.bincount(part, minlength=3) for part in drawn]
    if targets.shape[1] == 1:
        # The label is that of class 1; the others are alike.
        counts = [np.array([c[0] + c[2], c[1]]) for c in counts]
        assert [c.tolist() for c in counts] == [[10, 2], [5, 1]]
    else:
        assert [c.tolist() for c in counts] == [[8, 2, 2], [4, 1, 1]]


def test_what_has_no_classes_is_called_as_by_earlier_versions():
    facts = from_data((numbers(), Y["labels"][0])).store.facts
    assert "in_classes" not in facts
    facts = from_data((numbers(), Y["integers"][0])).store.facts
    assert "in_classes" not in facts


def test_a_task_is_a_value_named_by_its_content(cache):
    data = (numbers(), strings())
    task = from_data(data, epochs=3)
    call = registry.call_string(task)
    assert registry.make("tasks", call) == task
    assert pickle.loads(pickle.dumps(task)) == task
    assert hash(task) == hash(from_data((numbers(), strings()), epochs=3))
    folders = sorted(path.name for path in cache.iterdir())
    from_data(data, metric="auc")
    assert folders == sorted(path.name for path in cache.iterdir())
    assert from_data((numbers(seed=1), strings())).path != task.path
    assert task.class_names == ("blue", "green", "red")
    renamed = from_data(data, class_names=("red", "green", "blue"))
    assert renamed.path != task.path
    assert renamed.class_names == ("red", "green", "blue")


def test_another_process_reads_the_same_examples():
    task = from_data((numbers(), strings()))
    code = (
        "import sys; from nas_tf import registry; "
        "task = registry.make('tasks', sys.argv[1]); "
        "inputs, targets = task.load('valid'); "
        "print(repr(float(inputs.sum())), targets.sum()); "
        "assert not {'tensorflow', 'keras', 'pandas'} & set(sys.modules)"
    )
    found = subprocess.run(
        [sys.executable, "-c", code, registry.call_string(task)],
        check=True,
        capture_output=True,
        text=True,
    )
    inputs, targets = task.load("valid")
    assert found.stdout.split() == [
        repr(float(inputs.sum())),
        str(targets.sum()),
    ]


PICTURES = (numbers(shape=(4, 4, 1)) % 256).astype(np.uint8)


@pytest.mark.parametrize(
    "x",
    [
        {"rows": numbers()[:, 0], "columns": numbers()[:, 1]},
        {"standardised_1": numbers()[:, 0], "one_hot_2": strings()},
        {"expand_dims": numbers()[:, 0], "raw": numbers()[:, 1]},
        {"preprocessing": PICTURES, "x": numbers()},
        {"left": PICTURES, "right": PICTURES},
        (PICTURES, PICTURES),
        {"colour": np.where(strings() == "red", "[UNK]", strings())},
        {"colour": np.where(strings() == "red", "", strings())},
    ],
)
def test_inputs_and_strings_may_be_called_as_parts_of_models(x):
    task = from_data((x, Y["integers"][0]))
    task.check_export()
    names = ["input_1", "input_2"] if isinstance(x, tuple) else sorted(x)
    prepare = task.preprocessing()
    assert sorted(tensor.name for tensor in prepare.inputs) == names


def test_names_of_layers_are_those_of_earlier_versions():
    x = {"a": numbers()[:, 0], "colour": strings()}
    prepare = from_data((x, Y["integers"][0])).preprocessing()
    found = {layer.name for layer in prepare.layers}
    assert found == {"a", "colour", "standardised_1", "one_hot_2", "columns"}
    x = {"p": PICTURES, "x": numbers()}
    prepare = from_data((x, Y["integers"][0])).preprocessing()
    assert "preprocessing" in {layer.name for layer in prepare.layers}


def test_a_preparation_that_differs_from_training_is_refused(monkeypatch):
    task = from_data((numbers(), Y["integers"][0]))
    task.check_export()
    with monkeypatch.context() as patch:
        patch.setattr(Preparation, "apply", lambda _, x: x["input"])
        with pytest.raises(UsageError, match="prepares as training does"):
            task.check_export()
    monkeypatch.setattr(Preparation, "model", lambda _: keras.Model(3, 4))
    with pytest.raises(UsageError, match="Received: input \\(.* KerasTensors"):
        task.check_export()


def test_missing_files_are_told(tmp_path, monkeypatch):
    task = from_data((numbers(), strings()))
    monkeypatch.setenv("NAS_TF_CACHE_DIR", str(tmp_path))
    _store.open_store.cache_clear()
    with pytest.raises(UsageError, match=r"Received: none; give the arrays"):
        registry.make("tasks", f"arrays(path='{task.path}')").check()


def test_a_folder_that_cannot_be_written_does_not_stop_one_process(
    tmp_path, monkeypatch
):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("NAS_TF_CACHE_DIR", str(tmp_path / "file" / "cache"))
    task = from_data((numbers(seed=9), strings()))
    assert len(task.load("valid")[0]) == 12


@pytest.mark.parametrize("batched", [False, True])
def test_datasets_of_tensorflow(batched):
    import tensorflow as tf

    x, y = {"x": numbers(), "colour": strings()}, strings()
    dataset = tf.data.Dataset.from_tensor_slices((x, y))
    if batched:
        dataset = dataset.batch(7)
    assert from_data(dataset) == from_data((x, y))


def test_columns_of_pandas():
    pandas = pytest.importorskip("pandas")
    x = {"a": numbers()[:, 0], "n": np.arange(COUNT), "colour": strings()}
    frame = pandas.DataFrame(x)
    frame["colour"] = frame["colour"].astype("category")
    wanted = from_data((x, Y["floats"][0]))
    y = pandas.Series(Y["floats"][0])
    assert from_data((frame, y)) == wanted
    assert from_data((frame.assign(price=y), "price")) == wanted
    frame.loc[3, "colour"] = None
    with pytest.raises(UsageError, match="'colour' of data, without missing"):
        from_data((frame, y))


def test_wrong_options_write_nothing(cache):
    before = len(list(cache.iterdir()))
    for options, wanted in [
        ({"epoch": 3}, "Unknown argument 'epoch' for task 'arrays'"),
        ({"epochs": 0}, "`epochs` to be a whole number from 1"),
        ({"valid_fraction": 0.95}, "with a sum below 1"),
        ({"metric": "r2_score"}, "metric of a classification task"),
        ({"loss": "hinge"}, "Expected a loss by the name"),
    ]:
        with pytest.raises(UsageError, match=wanted):
            from_data((numbers(seed=3), Y["integers"][0]), **options)
    assert len(list(cache.iterdir())) == before


def test_splits_have_to_be_alike():
    good = (numbers(), Y["integers"][0])
    for other, wanted in [
        (
            (numbers(shape=(5,)), good[1]),
            r"'input': numbers of shape \('N', 4\)",
        ),
        (({"x": numbers()}, good[1]), "'input': numbers .* Received: none"),
        ((strings(), good[1]), "Received: categories of shape"),
    ]:
        with pytest.raises(UsageError, match=wanted):
            from_data(good, other)


def test_inputs_of_other_splits_may_have_another_order():
    x = {"signal": numbers()[:, 0], "noise": numbers()[:, 1]}
    y = Y["integers"][0]
    turned = dict(reversed(x.items()))
    task = from_data((x, y), (turned, y), (turned, y))
    assert task == from_data((x, y), (x, y), (x, y))
    for split in ("valid", "test"):
        raw, _ = task.raw(split)
        np.testing.assert_array_equal(
            np.sort(raw["signal"]), np.sort(x["signal"])
        )
    prepare = task.preprocessing()
    first, _ = task.raw("test")
    turned = dict(reversed(first.items()))
    np.testing.assert_array_equal(prepare(turned), prepare(first))


@pytest.mark.parametrize(
    "call, wanted",
    [
        ("arrays(path='../secret')", "`path` to be a name such as"),
        ("arrays(path='arrays-0', loss='mse')", "`loss` to be 'mean_squared"),
        ("arrays(path='arrays-0', class_weight=('a',))", "a tuple of numbers"),
    ],
)
def test_wrong_call_strings(call, wanted):
    with pytest.raises(UsageError, match=wanted):
        registry.make("tasks", call)
