"""A model's card as data and as Markdown."""

import datetime
import json

import nas_tf
from nas_tf import registry
from nas_tf.runs import card_file
from nas_tf.specs.cost import Cost
from nas_tf.train import model_card
from nas_tf.train.candidates import Candidate
from nas_tf.train.trainer import Trained

SPACE = registry.make("spaces", "conv(num_layers=1, num_filters=(4,))")
TASK = registry.make("tasks", "digits(epochs=2)")
SPEC = SPACE.decode((0,) * len(SPACE.decisions))


FACTS = {
    "input": "pictures",
    "input_description": "pictures of any size",
    "imports": [],
    "class_names": ["cat", "dog"],
}
FILES = {"model.keras": {"accuracy": 0.25}, "saved_model": {"accuracy": 0.25}}


def make(cost, **facts):
    trained = Trained(
        model=None,
        history={"loss": [2.0, 1.0], "val_loss": [1.0, 2.0]},
        best_epoch=0,
        scores={
            "valid": {"loss": 1.0, "accuracy": 0.5},
            "test": {"loss": 1.5, "accuracy": 0.25},
        },
        seconds=1234.56,
    )
    candidate = Candidate("one layer", SPEC, (("learning_rate", 0.1),))
    card = model_card.make(candidate, SPACE, TASK, cost, trained, 7, 1)
    return {**card, **FACTS, **facts}


def test_a_card_is_written_and_read_back(tmp_path):
    card = make(Cost(94, 2000))
    model_card.write(tmp_path, card, {"model.keras": None})
    found = card_file.read(tmp_path / card_file.FILE)
    assert found == {**card, "reloaded": ["model.keras"]}
    assert registry.make("tasks", found["task"]) == TASK
    assert registry.make("spaces", found["space"]) == SPACE
    assert found["architecture"] == "one layer, learning_rate=0.1"
    assert (found["epochs"], found["best_epoch"], found["seed"]) == (2, 0, 7)
    assert found["examples"] == {"valid": 600, "test": 297}
    assert found["training_seconds"] == 1234.6
    assert found["date"] == datetime.date.today().isoformat()
    assert found["versions"]["nas_tf"] == nas_tf.__version__
    json.dumps(found)


def test_the_markdown_says_the_same(tmp_path):
    card = make(Cost(94, 2000))
    model_card.write(tmp_path, card, FILES)
    text = (tmp_path / "model_card.md").read_text()
    for line in (
        "# one layer, learning_rate=0.1",
        "| test accuracy | 0.25 |",
        "| validation accuracy | 0.5 |",
        "| trainable parameters | 94 |",
        "| multiply-adds for one example | 2,000 |",
        "| training time | 1,235 s |",
        f"| task | `{registry.call_string(TASK)}` |",
    ):
        assert f"{line}\n" in text
    assert text.startswith("# one layer")
    assert "Input: pictures of any size\n" in text
    assert "one number for each of cat, dog" in text
    assert "model.keras and saved_model and measured the same score" in text


def test_unknown_multiply_adds_have_no_line(tmp_path):
    model_card.write(tmp_path, make(Cost(94, None)), {})
    assert "multiply-adds" not in (tmp_path / "model_card.md").read_text()


def test_the_first_line_says_what_to_import(tmp_path):
    card = make(Cost(94, None), imports=["nas_tf"])
    model_card.write(tmp_path, card, {"model.keras": None})
    text = (tmp_path / "model_card.md").read_text()
    assert text.startswith("**`import nas_tf` before opening model.keras.**\n")
    assert "import keras\nimport nas_tf\n\nmodel = keras.models.load" in text
    assert "received the same outputs" in text
