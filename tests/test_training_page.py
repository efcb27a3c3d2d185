"""The page about one training."""

import json

from nas_tf import registry
from nas_tf.report import trained
from nas_tf.report import training_page
from nas_tf.runs import spec_file
from tests.report_runs import EVIL
from tests.report_runs import check_alone

SPACE = registry.make("spaces", "conv(num_layers=2)")
SPEC = SPACE.decode((0,) * len(SPACE.decisions))
CARD = {
    "architecture": EVIL,
    "description": EVIL,
    "parameters": 1234,
    "measure": "accuracy",
    "test": {"accuracy": 0.5},
    "task": "digits",
    "space": "conv(num_layers=2)",
}


def page_of(folder, **record):
    (folder / "model").mkdir(exist_ok=True)
    (folder / "training").mkdir(exist_ok=True)
    card = folder / "model" / "model_card.json"
    card.write_text(json.dumps({**CARD, **record}))
    history = {"loss": [2.0, 1.0], EVIL: [1.0, 2.0]}
    (folder / "training" / "history.json").write_text(json.dumps(history))
    text = training_page.make("mine", trained.read(folder))
    return text, " ".join(check_alone(text).text)


def test_it_shows_scores_curves_and_the_architecture(tmp_path):
    (tmp_path / "model").mkdir()
    spec_file.write(tmp_path / "model" / "spec.json", SPACE, SPEC)
    text, shown = page_of(tmp_path)
    assert text.count("<svg ") == 3
    words = " ".join(shown.split())
    assert "Test accuracy 50.00%" in words and "Parameters 1,234" in words
    assert EVIL in shown and EVIL not in text


def test_without_a_known_spec_it_shows_the_description(tmp_path):
    text, shown = page_of(tmp_path)
    assert text.count("<svg ") == 2
    assert EVIL in shown and EVIL not in text


def test_a_number_that_no_float_holds_is_shown(tmp_path):
    _, shown = page_of(tmp_path, training_seconds=10**400)
    assert "Training time 1000" in " ".join(shown.split())
