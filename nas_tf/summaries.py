"""TensorBoard: one event stream a search, its step the finished trials."""

import collections
import io
import time

from nas_tf import drawing
from nas_tf.observer import Observer
from nas_tf.trial import STATUSES

WINDOW = 100


class TensorBoard(Observer):
    """Writes a search to `<run_dir>/events`.

    What is replayed at a restart is not written again.

    Args:
        space: `SearchSpace`, to describe and draw the best architecture.
    """

    def __init__(self, space):
        self.space = space
        self.writer = None

    def on_start(self, archive, rule):
        import tensorflow as tf

        self.tf = tf
        self.writer = tf.summary.create_file_writer(
            str(archive.run_dir / "events")
        )
        self.recent = collections.deque(
            (t.reward for t in archive.trials[-WINDOW:]), WINDOW
        )
        self.best = archive.tally.best
        self.began = time.monotonic()
        self.before = len(archive.trials)

    def on_trial(self, archive, trial):
        step = len(archive.trials)
        tally = archive.tally
        self.recent.append(trial.reward)
        minutes = (time.monotonic() - self.began) / 60
        scalars = {
            "reward/trial": trial.reward,
            "reward/mean_of_last_100": sum(self.recent) / len(self.recent),
            "search/children_per_minute": (step - self.before) / minutes,
            "search/decisions": len(trial.proposal.actions),
            "search/redrawn": tally.redrawn,
            "search/reused": tally.reused,
        }
        if trial.result.params is not None:
            scalars["search/params"] = trial.result.params
        layers = (trial.result.spec or {}).get("layers")
        if layers is not None:
            scalars["search/depth"] = len(layers)
        for status in STATUSES:
            scalars[f"status/{status}"] = tally.statuses[status]
        if tally.best is not None:
            scalars["reward/best"] = tally.best.reward
        if tally.best is not self.best:
            self.best = tally.best
            self._write_best(trial, step)
        self._write(scalars, step)

    def on_update(self, archive, scalars):
        self._write(scalars, len(archive.trials))
        self.writer.flush()

    def on_end(self, archive):
        if self.writer is not None:
            self.writer.close()

    def _write(self, scalars, step):
        with self.writer.as_default(step):
            for name, value in scalars.items():
                self.tf.summary.scalar(name, value)

    def _write_best(self, trial, step):
        spec = self.space.decode(trial.proposal.actions)
        text = f"reward {trial.reward:.4f}: {self.space.describe(spec)}"
        buffer = io.BytesIO()
        drawing.draw(self.space.graph(spec), buffer)
        image = self.tf.io.decode_png(buffer.getvalue(), channels=3)
        with self.writer.as_default(step):
            self.tf.summary.text("best/architecture", text)
            self.tf.summary.image("best/picture", image[None])
