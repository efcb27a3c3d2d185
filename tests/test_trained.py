"""The existing files of a training are read; missing ones are left out."""

import json

import pytest

from nas_tf.report import trained
from nas_tf.tasks.digits import Digits

CARD = {"measure": "accuracy", "test": {"loss": 0.5, "accuracy": 0.75}}


def write(folder, **files):
    for name, record in files.items():
        path = folder / name.replace("__", "/")
        path = path.with_suffix(".json")
        path.parent.mkdir(parents=True, exist_ok=True)
        text = record if isinstance(record, str) else json.dumps(record)
        path.write_text(text)


@pytest.mark.parametrize(
    "task", ["digits(epochs=3)", {"name": "Digits", "epochs": 3}]
)
def test_a_card_of_any_version_says_its_task(tmp_path, task):
    write(tmp_path, model__model_card={**CARD, "task": task})
    found = trained.read(tmp_path)
    assert found.task == Digits(epochs=3)
    assert found.score("test") == "75.00%"
    assert found.score("valid") == ""


def test_scores_are_shown_without_a_task_too(tmp_path):
    write(tmp_path, model__model_card={**CARD, "task": "foreign"})
    assert trained.read(tmp_path).score("test") == "0.75"
    assert trained.read(tmp_path, Digits()).score("test") == "75.00%"
    write(tmp_path, model__model_card={"test_accuracy": 0.5})
    assert trained.read(tmp_path, Digits()).score("test") == "50.00%"


def test_what_is_broken_is_left_out(tmp_path):
    assert trained.read(tmp_path) is None
    write(tmp_path, model__model_card="{", training__history="[]")
    assert trained.read(tmp_path) is None
    write(
        tmp_path,
        training__history={
            "loss": [1.0, None],
            "words": ["a"],
            "empty": [],
            "flags": [True],
        },
        model__spec='{"of": "another kind"}',
    )
    found = trained.read(tmp_path)
    assert found.history == {"loss": [1.0, None]}
    assert found.spec is None and found.card == {}


def test_a_history_beside_the_model_is_found(tmp_path):
    write(tmp_path, history={"loss": [1.0]})
    assert trained.read(tmp_path).history == {"loss": [1.0]}
