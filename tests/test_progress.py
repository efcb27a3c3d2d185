"""What is shown of a training, at the terminal and in TensorBoard."""

from nas_tf import registry
from nas_tf.specs.cost import Cost
from nas_tf.train import progress
from nas_tf.train.candidates import Candidate
from tests.test_event_log import read

SPACE = registry.make("spaces", "conv(num_layers=1, num_filters=(4,))")
TASK = registry.make("tasks", "digits").in_full(2)
SPEC = SPACE.decode((0,) * len(SPACE.decisions))


def test_epochs_become_lines_and_curves(tmp_path, capsys):
    logs = {"loss": 2.0, "accuracy": 0.5, "val_loss": 1.5, "val_accuracy": 0.75}
    with progress.watched(tmp_path, TASK, 0) as on_epoch:
        on_epoch(0, logs)
        on_epoch(1, {**logs, "val_loss": None, "val_accuracy": 0.25})
    # The standard error stream is no terminal here.
    shown = capsys.readouterr().err.splitlines()
    assert len(shown) == 2
    assert shown[1].startswith("2/2 epochs in ")
    assert shown[1].endswith(" seconds, loss 2.0000, accuracy 25.00%")
    reader = read(tmp_path / "events")
    curves = {
        tag: [(event.step, event.value) for event in reader.Scalars(tag)]
        for tag in reader.Tags()["scalars"]
    }
    assert curves == {
        "training/loss": [(1, 2.0), (2, 2.0)],
        "training/accuracy": [(1, 0.5), (2, 0.5)],
        "validation/loss": [(1, 1.5)],
        "validation/accuracy": [(1, 0.75), (2, 0.25)],
    }


def test_what_is_trained_is_said(capsys):
    candidate = Candidate("one layer", SPEC)
    progress.say_stage([candidate] * 2, "recipes", 3)
    progress.say_training(candidate, SPACE, Cost(1234, None), 9, 0)
    progress.say_training(candidate, SPACE, Cost(1234, 5678), 9, 4)
    progress.say_remarks({"Matched to": "lstm(units=3)"})
    assert capsys.readouterr().out.splitlines() == [
        "Training 2 recipes, 3 epochs each.",
        "Training for 9 epochs: one layer",
        SPACE.describe(SPEC),
        "1,234 parameters.",
        "Training for 9 epochs: one layer",
        SPACE.describe(SPEC),
        "1,234 parameters, 5,678 multiply-adds.",
        "Continuing after 4 epochs.",
        "Matched to: lstm(units=3)",
    ]


def test_scores_are_said_as_the_task_shows_them(tmp_path, capsys):
    card = {
        "best_epoch": 0,
        "valid": {"accuracy": 0.5},
        "test": {"accuracy": 0.25},
    }
    progress.say_scores(card, TASK)
    progress.say_reloaded({"model.keras": card["test"]}, tmp_path, TASK)
    assert capsys.readouterr().out.splitlines() == [
        "Best on validation after epoch 1.",
        "valid accuracy 50.00%",
        "test accuracy 25.00%",
        f"{tmp_path}/model.keras, loaded in a new process: 25.00%",
    ]
