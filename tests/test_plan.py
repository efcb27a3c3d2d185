"""Plans of trainings, and the directory that one plan holds."""

import dataclasses
import json
import pathlib

import pytest

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.runs import ownership
from nas_tf.runs import spec_file
from nas_tf.train import plan as plans

ARGUMENTS = {"architecture": "nas_conv_v1", "task": "digits(epochs=6)"}


def test_without_epochs_a_given_task_says_them():
    plan = plans.make(**ARGUMENTS)
    assert (plan.epochs, plan.trial_epochs, plan.cells) == (6, 1, ())
    assert plans.make(**ARGUMENTS, epochs=40).trial_epochs == 10
    assert plans.make(**ARGUMENTS, trial_epochs=3).trial_epochs == 3


def test_a_task_is_needed():
    with pytest.raises(UsageError, match="Expected --task"):
        plans.make("nas_conv_v1")


def test_a_task_that_is_not_to_be_had_is_named_by_a_flag(tmp_path):
    """A spec.json does not say where a task's data lies."""
    space = registry.make("spaces", "conv(num_layers=2)")
    spec = space.decode((0,) * len(space.decisions))
    spec_file.write(tmp_path / "spec.json", space, spec, "image_folder")
    with pytest.raises(UsageError, match="Missing argument.*--task") as caught:
        plans.make(str(tmp_path / "spec.json"))
    assert "\n" not in str(caught.value)


def test_a_grid_becomes_cells():
    plan = plans.make(**ARGUMENTS, grid="grid(learning_rate=(0.1, 0.2))")
    assert plan.cells == ((("learning_rate", 0.1),), (("learning_rate", 0.2),))
    plan.check()
    wrong = plans.make(**ARGUMENTS, grid="grid(speed=(1,))")
    with pytest.raises(UsageError, match="Unknown option 'speed'"):
        wrong.check()


def test_names_of_classes_are_lines_before_anything_is_trained(monkeypatch):
    plan = plans.make(**ARGUMENTS)
    monkeypatch.setattr(type(plan.task), "class_names", ("a\nb",) * 10)
    with pytest.raises(UsageError, match="one line of text each"):
        plan.check()


def test_a_directory_belongs_to_one_plan(tmp_path):
    plan = plans.make(**ARGUMENTS)
    with plans.hold(plan, tmp_path / "out"):
        record = json.loads((tmp_path / "out/configuration.json").read_text())
        assert record.pop("data")["outputs"] == 10
        assert record == plan.to_json()
        with (
            pytest.raises(UsageError, match="in use by a live process"),
            plans.hold(plan, tmp_path / "out"),
        ):
            pass
    with plans.hold(plan, tmp_path / "out"):
        pass
    other = dataclasses.replace(plan, epochs=7)
    with (
        pytest.raises(UsageError, match="epochs was 6, is now 7.*--output"),
        plans.hold(other, tmp_path / "out"),
    ):
        pass


def test_a_directory_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(UsageError, match="Expected a folder that can be"),
        plans.hold(plans.make(**ARGUMENTS), tmp_path / "file"),
    ):
        pass


def held(folder):
    with plans.hold(plans.make(**ARGUMENTS), folder):
        return True


@pytest.mark.parametrize(
    "name",
    [
        *("model/net.py", "model.old/net.py", "model.partial/net.py"),
        *("training/notes", "members/1", "recipes/soup", "architectures/b"),
        *("flags.txt", "configuration.json"),
    ],
)
def test_what_others_have_put_there_is_kept(tmp_path, name):
    path = tmp_path / "mine" / name
    path.parent.mkdir(parents=True)
    path.write_text('{"port": 80}')
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UsageError, match="would be replaced; .*--output"):
        held(tmp_path / "mine")
    assert sorted(tmp_path.rglob("*")) == before
    assert path.read_text() == '{"port": 80}'


def test_a_search_is_no_training(tmp_path):
    path = tmp_path / "configuration.json"
    path.write_text('{"format": 2, "space": "conv()"}')
    with pytest.raises(UsageError, match="of no training"):
        held(tmp_path)


def test_exports_and_files_of_other_names_are_no_hindrance(tmp_path):
    (tmp_path / "notes.md").write_text("mine")
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model_card.json").write_text("{}")
    assert held(tmp_path)
    # From then on it is a training's.
    (tmp_path / "model.partial").mkdir()
    (tmp_path / "flags.txt").write_text("--seed=0\n")
    assert held(tmp_path)


def test_trainings_of_any_version_are_known():
    root = pathlib.Path(__file__).parent.parent / "experiments"
    folders = [p.parent for p in root.rglob("configuration.json")]
    assert len(folders) > 100
    for folder in folders:
        record = json.loads((folder / "configuration.json").read_text())
        is_training = record.get("name") == "training"
        ownership.check(folder, "training" if is_training else "search")
