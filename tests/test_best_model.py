"""The best models of a search, trained in full."""

import numpy as np
import pytest

import nas_tf
from tests import forked

# Each trains networks, and loads an export in another process.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return nas_tf.run_search(
        "conv(num_layers=2, num_filters=(4,))",
        "digits(epochs=1)",
        "random_search",
        run_dir=tmp_path_factory.mktemp("run"),
        max_children=3,
    )


@pytest.fixture(scope="module")
def model(result):
    return result.best_model(epochs=1)


def predict(model):
    inputs, targets = nas_tf.make("tasks", "digits").raw("test")
    return model.predict(inputs, verbose=0), targets


def test_it_predicts_from_raw_inputs(result, model):
    outputs, targets = predict(model)
    assert outputs.shape == (len(targets), 10)
    np.testing.assert_allclose(outputs.sum(axis=1), 1, rtol=1e-5)
    assert (result.run_dir / "trained" / "model" / "model.keras").is_file()


def test_the_one_that_is_there_is_loaded(result, model, capsys):
    for found in (result, nas_tf.open_run(result.run_dir)):
        for again in (found.best_model(), found.best_model(epochs=1)):
            outputs = predict(again)[0]
            np.testing.assert_array_equal(outputs, predict(model)[0])
    assert capsys.readouterr().out == ""


def test_the_command_finds_its_training_there(result, model):
    done = forked.command(
        "nas_tf.train", f"--architecture={result.run_dir}", "--epochs=1"
    )
    assert done.returncode == 0, done.stderr
    assert "Continuing after 1 epochs." in done.stdout


def test_another_training_is_beside_it(result, model, capsys):
    longer = result.best_model(epochs=2)
    assert "Training for 2 epochs" in capsys.readouterr().out
    names = {path.name for path in result.run_dir.glob("trained*")}
    assert len(names) == 2 and "trained" in names
    again = predict(result.best_model(epochs=2))[0]
    np.testing.assert_array_equal(predict(longer)[0], again)
    assert capsys.readouterr().out == ""


def test_without_a_directory_it_is_trained_in_a_temporary_one(capsys):
    result = nas_tf.run_search(
        "conv(num_layers=1, num_filters=(4,))",
        "digits(epochs=1)",
        "random_search",
        max_children=1,
    )
    first = predict(result.best_model(epochs=1))[0]
    folder = result.folder()
    assert (folder / "trained" / "model" / "model.keras").is_file()
    np.testing.assert_array_equal(
        predict(result.best_model(epochs=1))[0], first
    )
    del result
    assert not folder.exists()


def test_an_ensemble_of_the_best(result, capsys):
    whole = result.ensemble(2, epochs=1)
    members = {layer.name for layer in whole.layers[-1].layers}
    assert {"member_1", "member_2", "mean"} <= members
    outputs, targets = predict(whole)
    assert outputs.shape == (len(targets), 10)
    shown = capsys.readouterr().out
    assert "valid accuracy" in shown and "The mean of the 2:" in shown
    again = nas_tf.open_run(result.run_dir).ensemble(2, epochs=1)
    np.testing.assert_array_equal(predict(again)[0], outputs)
    assert capsys.readouterr().out == ""
