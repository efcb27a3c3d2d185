"""A task of a user's own file, measured by Keras, is exported too."""

import json
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from tests import forked

pytestmark = pytest.mark.slow

REGRESSION = '''
"""Two numbers are predicted from three; `evaluate` is Keras's own."""

import dataclasses

import keras
import numpy as np

from nas_tf.decisions import Categorical
from nas_tf.recipe import DEFAULT
from nas_tf.spaces.base import SearchSpace
from nas_tf.tasks.base import Task
from nas_tf.training.lessons.base import Lesson


class Squares(Lesson):
    def learn(self, model, batch, states):
        x, y = batch
        loss = keras.ops.mean(keras.ops.square(model(x, training=True) - y))
        return loss, keras.ops.stack([loss]), states

    def score(self, model, batch, states):
        loss, figures, states = self.learn(model, batch, states)
        count = self.size(batch)
        return figures * count, float(count), states


@dataclasses.dataclass(frozen=True)
class Regression(Task):
    epochs: int = 2

    kind = "regression"
    measure = "error"
    input_shape = (3,)
    num_outputs = 2

    def load(self, split):
        rng = np.random.default_rng(["train", "valid", "test"].index(split))
        x = rng.normal(size=(64, 3)).astype(np.float32)
        return x, x[:, :2] * 2 + x[:, 2:]

    def batches(self, split, seed, epoch):
        yield self.load(split)

    def fit(self, model, seed, recipe=DEFAULT, on_epoch=None, checkpoint=None):
        from nas_tf.training import fit

        history = fit.fit(
            model,
            self.lesson(),
            optimizer=self.optimizer(recipe),
            batches=lambda epoch: self.batches("train", seed, epoch),
            num_epochs=self.epochs,
            validation=[self.load("valid")],
            on_epoch=on_epoch,
            checkpoint=checkpoint,
        )
        history["error"] = history["loss"]
        return {**history, "val_error": history["val_loss"]}

    def lesson(self):
        return Squares()

    def optimizer(self, recipe=DEFAULT):
        return keras.optimizers.Adam(0.01)

    def evaluate(self, model, split):
        model.compile(loss="mse", metrics=["mae"])
        loss, error = model.evaluate(*self.load(split), verbose=0)
        return {"loss": loss, "error": error}

    def show(self, value):
        return f"{value:.3f}"

    def reward(self, history):
        return 1 / (1 + history["val_loss"][-1])

    def metrics(self, history):
        return {"val_error": history["val_error"][-1]}


@dataclasses.dataclass(frozen=True)
class Layers(SearchSpace):
    @property
    def decisions(self):
        return (Categorical("units", 2, labels=(4, 8)),)

    def build(self, spec, task):
        x = inputs = keras.Input(task.input_shape)
        x = keras.layers.Dense(spec.choices[0], "relu")(x)
        return keras.Model(inputs, keras.layers.Dense(task.num_outputs)(x))
'''
TASK = "from own import Regression as make\n"
SPACE = "from own import Layers as make\n"


def run(folder, *arguments):
    done = forked.command(
        *arguments,
        cwd=folder,
        env={
            "PATH": "",
            "PYTHONPATH": f"{forked.ROOT}:{folder}",
            "HOME": str(folder),
        },
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_a_task_with_a_loss_of_its_own(tmp_path):
    (tmp_path / "own.py").write_text(textwrap.dedent(REGRESSION))
    (tmp_path / "my_task.py").write_text(TASK)
    (tmp_path / "my_space.py").write_text(SPACE)
    run(
        tmp_path,
        *("nas_tf.search", "--space=my_space", "--task=my_task"),
        *("--executor=inline", "--max_children=2", "--run_dir=run"),
        *("--strategy=random_search", "--children_per_replica=2"),
    )
    short = ("--architecture=run", "--epochs=3", "--trust_run")
    told = run(tmp_path, "nas_tf.train", *short)
    assert "the outputs of the model that was saved" in told
    folder = tmp_path / "run" / "trained" / "model"
    card = json.loads((folder / "model_card.json").read_text())
    assert card["test"]["error"] > 0 and card["imports"] == []
    np.save(tmp_path / "inputs.npy", np.zeros((2, 3), np.float32))
    shown = subprocess.run(
        [sys.executable, folder / "predict.py", "inputs.npy"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert shown.startswith("inputs.npy:\n[[")
