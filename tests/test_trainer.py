"""One candidate, trained in full."""

import numpy as np
import pytest

from nas_tf import registry
from nas_tf.errors import UsageError
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


def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="Expected a folder that can be"):
        trainer.open_checkpoint(TASK, tmp_path / "file")
