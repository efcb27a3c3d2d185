"""An export is complete, or the previous one is kept."""

import resource
import shutil

import keras
import pytest

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.runs import spec_file
from nas_tf.train import export
from nas_tf.train import serving

SPACE = registry.make("spaces", "conv(num_layers=1, num_filters=(4,))")
TASK = registry.make("tasks", "digits")
SPEC = SPACE.decode((0,) * len(SPACE.decisions))


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    return SPACE.build(SPEC, TASK)


@pytest.fixture(scope="module")
def card(model):
    return {
        "architecture": "one layer",
        "description": SPACE.describe(SPEC),
        "parameters": 94,
        "multiply_adds": None,
        "measure": "accuracy",
        "valid": TASK.evaluate(model, "valid"),
        "test": TASK.evaluate(model, "test"),
        "epochs": 1,
        "best_epoch": 0,
        "seed": 0,
        "training_seconds": 1.0,
        "devices": 1,
        "task": registry.call_string(TASK),
        "space": registry.call_string(SPACE),
        "date": "2026-01-01",
        "versions": {},
    }


def write(model, card, folder):
    reloaded, _ = export.export(model, SPEC, SPACE, card, TASK, folder, TASK)
    return reloaded


@pytest.fixture
def last(tmp_path):
    """A previous export and its content."""
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.keras").write_text("the last one")
    return folder


def assert_untouched(folder):
    assert [path.name for path in folder.parent.iterdir()] == ["model"]
    assert [path.name for path in folder.iterdir()] == ["model.keras"]
    assert (folder / "model.keras").read_text() == "the last one"


# Each of these opens the files in a new process.
@pytest.mark.slow
def test_an_export_replaces_the_last(model, card, last):
    reloaded = write(model, card, last)
    assert set(reloaded) == {"model.keras", "saved_model"}
    for scores in reloaded.values():
        assert scores == pytest.approx(card["test"], abs=1e-6)
    assert [path.name for path in last.parent.iterdir()] == ["model"]
    assert {path.name for path in last.iterdir()} == {
        "architecture.png",
        "class_names.txt",
        "model.keras",
        "model_card.json",
        "model_card.md",
        "picture_values.py",
        "predict.py",
        "saved_model",
        "spec.json",
    }
    assert spec_file.load(last / "spec.json") == (SPACE, SPEC)
    assert spec_file.task_of(last / "spec.json") == registry.call_string(TASK)


@pytest.mark.slow
def test_a_model_that_scores_otherwise_is_not_exported(model, card, last):
    wrong = {**card, "test": {"loss": 0.0, "accuracy": 0.123}}
    with pytest.raises(UsageError, match="the accuracy 0.123 on the test"):
        write(model, wrong, last)
    assert_untouched(last)


@pytest.mark.parametrize("room", [5_000, 60_000])
def test_a_full_disk_is_told_in_one_line(model, card, last, room):
    """The disk is full, then it has room for model.keras only."""
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, old[1]))
    try:
        with pytest.raises(UsageError, match="Cannot write") as caught:
            write(model, card, last)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
    assert "The last export is unchanged." in str(caught.value)
    assert "\n" not in str(caught.value)
    assert_untouched(last)


@pytest.mark.slow
def test_a_broken_model_file_is_told_in_one_line(
    model, card, last, monkeypatch
):
    save = serving.save

    def save_torn(model, folder, *arguments, **options):
        save(model, folder, *arguments, **options)
        path = folder / "model.keras"
        path.write_bytes(path.read_bytes()[:-100])

    monkeypatch.setattr(serving, "save", save_torn)
    with pytest.raises(
        UsageError, match="can load and use. Received: model"
    ) as caught:
        write(model, card, last)
    assert "\n" not in str(caught.value)
    assert_untouched(last)


@pytest.mark.parametrize("new_is_there", [False, True])
def test_a_crash_between_two_renamings_is_put_right(last, new_is_there):
    old = last.with_name("model.old")
    if new_is_there:
        shutil.copytree(last, old)
    else:
        last.rename(old)
    export.recover(last)
    assert_untouched(last)
