"""Where the trainings of a run are, and which one a model is taken from."""

import dataclasses

import pytest

from nas_tf.files import write_json
from nas_tf.runs import spec_file
from nas_tf.spaces.conv import Conv
from nas_tf.tasks.digits import Digits
from nas_tf.train import folders
from nas_tf.train import plan as plans
from nas_tf.train.candidates import Candidate

SPACE = Conv(num_layers=1, num_filters=(4,))
DIGITS = {"task": "digits(epochs=1)"}
SPECS = [SPACE.decode(row) for row in ((0, 0, 0), (1, 1, 0))]


def export(folder, spec, task="digits(epochs=2)", epochs=2):
    """Writes what of an exported model is read here."""
    model = folder / "model"
    model.mkdir(parents=True)
    (model / "model.keras").write_text("")
    spec_file.write(model / "spec.json", SPACE, spec, Digits())
    write_json(model / "model_card.json", {"task": task, "epochs": epochs})
    return model / "model.keras"


@pytest.fixture
def plan():
    candidates = (Candidate("trial 0", SPECS[0]),)
    return plans.Plan(SPACE, Digits(), candidates, (), 2, 1, 0)


def test_the_model_of_the_architecture_is_found_where_it_is(tmp_path):
    spec = SPECS[0].to_json()
    assert folders.exported(tmp_path, spec, DIGITS) is None
    usual = export(tmp_path / "trained", SPECS[0])
    other = export(tmp_path / "trained_0123", SPECS[1], epochs=3)
    assert folders.exported(tmp_path, spec, DIGITS) == usual
    assert folders.exported(tmp_path, spec, DIGITS, epochs=2) == usual
    assert folders.exported(tmp_path, SPECS[1].to_json(), DIGITS) == other
    # Not of another number of epochs, or of another task.
    assert folders.exported(tmp_path, spec, DIGITS, epochs=5) is None
    assert folders.exported(tmp_path, spec, {"task": "cifar10()"}) is None


@pytest.mark.parametrize(
    "other",
    [
        {"task": "digits(augment=True)"},
        {"task": "digits", "data": {"fingerprint": "b"}},
        {"task": "digits", "data": {"fingerprint": "a", "examples": 7}},
        {"task": "none"},
    ],
)
def test_a_model_of_another_task_or_of_other_data_is_not_taken(tmp_path, other):
    spec = SPECS[0].to_json()
    model = export(tmp_path / "trained", SPECS[0])
    data = {"fingerprint": "a", "examples": 8}
    record = {
        "name": "training",
        # A training may have other epochs and further options of a grid.
        "task": "digits(epochs=9, reward_epochs=9)",
        "data": data,
    }
    write_json(tmp_path / "trained" / "configuration.json", record)
    for same in (DIGITS, {**DIGITS, "data": data}):
        assert folders.exported(tmp_path, spec, same) == model
    assert folders.exported(tmp_path, spec, other) is None


def test_without_a_configuration_the_card_says_the_task(tmp_path):
    spec = SPECS[0].to_json()
    model = export(tmp_path / "trained", SPECS[0], "digits(momentum=0.5)")
    assert folders.exported(tmp_path, spec, DIGITS) is None
    searched = {"task": "digits(momentum=0.5, epochs=7)"}
    assert folders.exported(tmp_path, spec, searched) == model


@pytest.mark.parametrize("name", ["spec.json", "model_card.json"])
def test_an_incomplete_export_is_passed_over(tmp_path, name):
    model = export(tmp_path / "trained", SPECS[0])
    model.with_name(name).write_text("{")
    found = folders.exported(tmp_path, SPECS[0].to_json(), DIGITS)
    assert found is None


def test_another_training_is_not_mixed_with_the_one_that_is_there(
    tmp_path, plan
):
    longer = dataclasses.replace(plan, epochs=4)
    assert folders.choose(tmp_path, plan) == tmp_path / "trained"
    with plans.hold(plan, tmp_path / "trained"):
        pass
    assert folders.choose(tmp_path, plan) == tmp_path / "trained"
    beside = folders.choose(tmp_path, longer)
    assert beside == tmp_path / f"trained_{longer.digest()}"
    assert plan.digest() != longer.digest()
    ensemble = folders.choose(tmp_path, plan.as_ensemble())
    assert ensemble == tmp_path / "trained_ensemble"


def test_trainings_on_other_data_have_folders_of_their_own(
    tmp_path, plan, monkeypatch
):
    found = []
    for content in ("a", "b", "c"):
        monkeypatch.setattr(
            Digits, "identity", lambda self, c=content: {"fingerprint": c}
        )
        found.append(folders.choose(tmp_path, plan))
        with plans.hold(plan, found[-1]):
            assert folders.finished(found[-1], plan) is None
            export(found[-1], SPECS[0])
        assert folders.finished(found[-1], plan)
        assert folders.choose(tmp_path, plan) == found[-1]
    assert len(set(found)) == 3


def test_what_others_have_put_there_is_left_alone(tmp_path, plan):
    (tmp_path / "trained" / "model").mkdir(parents=True)
    (tmp_path / "trained" / "model" / "net.py").write_text("code")
    beside = folders.choose(tmp_path, plan)
    assert beside == tmp_path / f"trained_{plan.digest()}"


def test_a_plan_is_finished_once_its_model_is_there(tmp_path, plan):
    folder = tmp_path / "trained"
    assert folders.finished(folder, plan) is None
    with plans.hold(plan, folder):
        assert folders.finished(folder, plan) is None
        model = export(folder, SPECS[0])
        assert folders.finished(folder, plan) == model
    other = dataclasses.replace(plan, epochs=9)
    assert folders.finished(folder, other) is None
