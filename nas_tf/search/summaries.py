"""TensorBoard: a search as curves, and its best trials as a table.

The search is one event stream in `<run_dir>/events`. Its step is the number of
finished trials. Each of the best trials has a small event stream below it, so
the number of streams does not grow with the search.
"""

import collections
import io
import os
import shutil
import time

from nas_tf import drawing
from nas_tf.decisions import names
from nas_tf.decisions import readable
from nas_tf.errors import UsageError
from nas_tf.runs.event_log import EventLog
from nas_tf.search.observer import Observer
from nas_tf.trial import STATUSES

FOLDER = "events"
WINDOW = 100
# Finding the best trials takes a pass over all trials, so it is not done after
# every trial.
TOP_SECONDS = 300.0


class TensorBoard(Observer):
    """Writes a search to `<run_dir>/events`.

    What is replayed when a search resumes is not written again. A full disk
    raises `UsageError`, as it does where the journal is written.

    Args:
        space: `SearchSpace`, to describe and draw the best architectures.
    """

    def __init__(self, space):
        self.space = space

    def on_start(self, archive, rule):
        folder = archive.run_dir / FOLDER
        self.log = EventLog(folder)
        self.top = _Top(self.space, folder)
        if not archive.trials:
            # The directory may have belonged to another run.
            self.top.clear()
        self.recent = collections.deque(
            (t.reward for t in archive.trials[-WINDOW:]), WINDOW
        )
        self.best = archive.tally.best
        self.began = self.topped = time.monotonic()
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
        depth = self._depth(trial)
        if depth is not None:
            scalars["search/depth"] = depth
        for status in STATUSES:
            scalars[f"status/{status}"] = tally.statuses[status]
        if tally.best is not None:
            scalars["reward/best"] = tally.best.reward
        if tally.best is not self.best:
            self.best = tally.best
            text, picture = _portrait(self.space, trial)
            self.log.text("best/architecture", text, step)
            self.log.image("best/picture", picture, step)
        self.log.scalars(scalars, step)

    def _depth(self, trial):
        if trial.result.spec is None:
            return None
        return self.space.decode(trial.proposal.actions).depth()

    def on_update(self, archive, scalars):
        self.log.scalars(scalars, len(archive.trials))
        if time.monotonic() - self.topped > TOP_SECONDS:
            self.top.write(archive)
            self.topped = time.monotonic()

    def on_end(self, archive):
        self.log.close()
        self.top.write(archive)


class _Top:
    """The best trials of a search, each a row in TensorBoard's HParams table.

    Each trial has a folder named after it. The folder does not change as long
    as the trial is among the best.

    Args:
        space: `SearchSpace`.
        folder: Path of the search's events.
    """

    COUNT = 10

    def __init__(self, space, folder):
        self.space = space
        self.folder = folder / "top"
        self.partial = folder / "top.partial"

    def clear(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def write(self, archive):
        """Adds and removes folders until they are those of the best."""
        # A killed process may have left this folder.
        shutil.rmtree(self.partial, ignore_errors=True)
        best = {f"trial_{t.trial_id}": t for t in archive.best(self.COUNT)}
        for path in self.folder.glob("*"):
            if path.name not in best:
                shutil.rmtree(path, ignore_errors=True)
        for name, trial in best.items():
            if not (self.folder / name).exists():
                self._write_trial(name, trial)

    def _write_trial(self, name, trial):
        text, picture = _portrait(self.space, trial)
        step = trial.trial_id + 1
        with EventLog(self.partial) as log:
            log.hparams(self._choices(trial), name, trial.result.started)
            log.scalars(_metrics(trial), step)
            log.text("top/architecture", text, step)
            log.image("top/picture", picture, step)
        # TensorBoard reads a folder's HParams once, so it may only see complete
        # folders.
        try:
            self.folder.mkdir(exist_ok=True)
            os.replace(self.partial, self.folder / name)
        except OSError as error:
            raise UsageError(
                f"Cannot write {self.folder}: {error.strerror}. The same "
                f"command resumes the run."
            ) from error

    def _choices(self, trial):
        """Returns the choices that influence an architecture, by name."""
        actions = trial.proposal.actions
        decisions = self.space.decisions
        rows = zip(
            _sortable(names(decisions)),
            decisions,
            actions,
            self.space.active(actions),
        )
        return {
            name: readable(decision, action)
            for name, decision, action, active in rows
            if active and decision.num_actions > 1
        }


def _sortable(numbered):
    """Returns names whose numbers are padded to equal length.

    TensorBoard sorts the columns of HParams as text.
    """
    pairs = [name.rsplit("/", 1) for name in numbered]
    width = max((len(number) for _, number in pairs), default=0)
    return [f"{kind}/{number:0>{width}}" for kind, number in pairs]


def _metrics(trial):
    """Returns a trial's scalars: reward, seconds, size and metrics.

    A metric on the training data is left out if it was also measured on the
    validation data.
    """
    result = trial.result
    metrics = {"reward": result.reward, "seconds": result.seconds}
    if result.params is not None:
        metrics["params"] = result.params
    for name, value in result.metrics.items():
        if f"val_{name}" not in result.metrics:
            metrics[name] = value
    return {f"top/{name}": value for name, value in metrics.items()}


def _portrait(space, trial):
    """Returns a trial's architecture as a line of text and as PNG bytes."""
    spec = space.decode(trial.proposal.actions)
    buffer = io.BytesIO()
    drawing.draw(space.graph(spec), buffer)
    text = f"reward {trial.reward:.4f}: {space.describe(spec)}"
    return text, buffer.getvalue()
