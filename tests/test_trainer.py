"""One candidate, trained in full."""

import numpy as np
import pytest

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.machine import memory
from nas_tf.train import trainer
from nas_tf.train.candidates import Candidate

SPACE = registry.make("spaces", "conv(num_layers=1, num_filters=(4,))")
TASK = registry.make("tasks", "digits(train_examples=300)").in_full(3)
SPEC = SPACE.decode((0,) * len(SPACE.decisions))


def train(folder, on_epoch=None, options=()):
    candidate = Candidate("one layer", SPEC, options)
    return trainer.train(candidate, SPACE, TASK, 0, folder, on_epoch=on_epoch)


class Stopped(Exception):
    pass


def test_a_training_that_was_stopped_goes_on(tmp_path):
    whole = train(tmp_path / "whole")

    def stop(epoch, logs):
        if epoch == 1:
            raise Stopped

    with pytest.raises(Stopped):
        train(tmp_path / "parts", stop)
    seen = []
    parts = train(tmp_path / "parts", lambda epoch, logs: seen.append(epoch))
    assert seen and seen[-1] == 2
    for name, values in whole.history.items():
        np.testing.assert_allclose(parts.history[name], values, rtol=1e-5)
    assert parts.best_epoch == whole.best_epoch
    for split in ("valid", "test"):
        assert parts.scores[split] == pytest.approx(whole.scores[split])
    done = trainer.open_checkpoint(TASK, tmp_path / "parts").num_epochs_done
    assert done == 3


def test_the_weights_are_those_of_the_best_epoch(tmp_path):
    found = train(tmp_path)
    best = found.history["val_loss"][found.best_epoch]
    assert best == min(found.history["val_loss"])
    scores = TASK.evaluate(found.model, "valid")
    assert scores["loss"] == pytest.approx(best, rel=1e-4)
    assert found.scores["valid"] == pytest.approx(scores)
    assert found.seconds > 0


def test_one_that_diverges_is_told_in_one_line(tmp_path):
    with pytest.raises(UsageError, match="The training diverged") as caught:
        train(tmp_path, options=(("learning_rate", 1e30),))
    assert "\n" not in str(caught.value)


def test_one_that_needs_too_much_memory_is_told_in_one_line(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(memory, "_allowed", 1e6)
    with pytest.raises(UsageError, match="of memory. Received: one") as caught:
        train(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="Expected a folder that can be"):
        trainer.open_checkpoint(TASK, tmp_path / "file")


def cells_and_task():
    space = registry.make(
        "spaces",
        "nasnet(num_blocks=1, num_repeats=1, filters=4, drop_path_keep=0.5, "
        "operations=('identity', 'conv_1x1'), combinations=('add',))",
    )
    task = registry.make(
        "tasks",
        "digits(train_examples=256, image_size=16, augment=True, cutout=4, "
        "auxiliary_weight=0.4, label_smoothing=0.1, clip_norm=5, "
        "ema_momentum=0.99)",
    )
    return space, task.in_full(3)


@pytest.mark.slow
def test_paths_are_dropped_alike_after_a_stop(tmp_path):
    """The schedule and the masks go on where they were."""
    space, task = cells_and_task()
    candidate = Candidate("cells", space.decode((0, 1, 1, 1) * 2))

    def train(name, on_epoch=None):
        return trainer.train(
            candidate, space, task, 0, tmp_path / name, on_epoch=on_epoch
        )

    def stop(epoch, logs):
        if epoch == 1:
            raise Stopped

    whole = train("whole")
    with pytest.raises(Stopped):
        train("parts", stop)
    parts = train("parts")
    for name, values in whole.history.items():
        np.testing.assert_allclose(parts.history[name], values, rtol=1e-5)
    # What only the training needs is gone.
    assert len(whole.model.outputs) == 1
    names = [layer.name for layer in whole.model.layers]
    assert not [n for n in names if "drop_path" in n or "auxiliary" in n]
    assert "training_progress" not in names
    best = whole.history["val_accuracy"][whole.best_epoch]
    assert whole.scores["valid"]["accuracy"] == pytest.approx(best)
