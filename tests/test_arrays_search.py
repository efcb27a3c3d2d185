"""A user's arrays from the search to a model that takes them as they are."""

import numpy as np
import pytest
from sklearn import datasets

import nas_tf


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("NAS_TF_CACHE_DIR", str(tmp_path / "cache"))


def found(space, data, folder, executor="inline", **options):
    result = nas_tf.run_search(
        space,
        data,
        strategy="random_search",
        executor=executor,
        run_dir=folder / "run",
        max_children=2,
        children_per_replica=2,
        epochs=4,
        **options,
    )
    assert [trial.result.status for trial in result.trials] == ["ok", "ok"]
    model = result.best_model(epochs=8)
    return model, folder / "run" / "trained" / "model"


@pytest.mark.slow
def test_grey_pictures_in_worker_processes(tmp_path):
    digits = datasets.load_digits()
    x, y = digits.images.astype(np.uint8), digits.target
    model, folder = found(
        "conv(num_layers=2, num_filters=(8,))",
        (x[:1200], y[:1200]),
        tmp_path,
        executor="process(workers=1)",
        validation_data=(x[1200:1500], y[1200:1500]),
        test_data=(x[1500:], y[1500:]),
    )
    # Pictures as the user has them, and larger ones.
    for pictures in (x[1500:], x[1500:].repeat(3, 1).repeat(3, 2)):
        predicted = model.predict(pictures, verbose=0).argmax(1)
        assert (predicted == y[1500:]).mean() > 0.8
    assert (folder / "class_names.txt").read_text().split()[9] == "9"


@pytest.mark.slow
def test_columns_of_numbers_and_strings(tmp_path):
    pytest.importorskip("pandas")
    iris = datasets.load_iris(as_frame=True)
    frame = iris.data.iloc[:, :2].copy()
    longest = iris.data["petal length (cm)"]
    frame["petals"] = np.where(longest > 4, "long", "short")
    names = iris.target_names[iris.target]
    model, folder = found("dense(units=(16,))", (frame, names), tmp_path)
    columns = {name: frame[name].to_numpy(object) for name in frame}
    for name in frame.columns[:2]:
        columns[name] = frame[name].to_numpy(np.float32)
    predicted = model.predict(columns, verbose=0)
    right = iris.target_names[predicted.argmax(1)] == names
    assert right.mean() > 0.6
    assert (folder / "class_names.txt").read_text().split() == [
        *iris.target_names
    ]


@pytest.mark.slow
def test_numbers_from_two_inputs(tmp_path):
    x, y = datasets.make_friedman1(600, random_state=0)
    y = 1000 + 50 * y
    parts = (x[:, :3], x[:, 3:].reshape(-1, 7, 1))
    model, _ = found(
        "dense(units=(32,), dropouts=(0.0,))",
        (parts, y),
        tmp_path,
        metric="r2_score",
    )
    predicted = model.predict(list(parts), verbose=0)
    assert predicted.shape == (600, 1)
    errors = ((predicted[:, 0] - y) ** 2).mean()
    assert errors < 0.5 * y.var()


@pytest.mark.slow
def test_labels_of_pictures(tmp_path):
    digits = datasets.load_digits()
    x = digits.images.astype(np.uint8)[..., None]
    y = np.stack([digits.target % 2, digits.target > 4], axis=1)
    model, folder = found(
        "conv(num_layers=2, num_filters=(8,))",
        (x, y),
        tmp_path,
        metric="auc",
        class_names=("odd", "large"),
    )
    predicted = model.predict(x, verbose=0)
    assert ((predicted > 0.5) == y).mean() > 0.7
    assert (folder / "class_names.txt").read_text().split() == ["odd", "large"]
