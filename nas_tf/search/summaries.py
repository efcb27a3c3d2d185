"""TensorBoard: a search as curves, and its best trials as a table.

The search is one event stream, `<run_dir>/events`, its step the finished
trials. Below it is a small one for each of the best trials, so that there are
as many at the end of a search as at its beginning.
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
# Finding the best goes through all trials: that is not for every trial.
TOP_SECONDS = 300.0


class TensorBoard(Observer):
    """Writes a search to `<run_dir>/events`.

    What is replayed at a restart is not written again. A disk that is full
    stops the search as it does where the journal is written: by `UsageError`.

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
            # The directory may have been another run's.
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
    """The best trials of a search, each a row of the table of HParams.

    A trial has a folder named after it, which stays as it is for as long as
    the trial is among them.

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
        """Makes the folders those of the best of an `Archive`."""
        # A process that was killed may have left it.
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
        # TensorBoard keeps what it has first seen of a folder's HParams, so
        # that it should see whole ones only.
        try:
            self.folder.mkdir(exist_ok=True)
            os.replace(self.partial, self.folder / name)
        except OSError as error:
            raise UsageError(
                f"Cannot write {self.folder}: {error.strerror}. The run can "
                f"go on from there by the same command."
            ) from error

    def _choices(self, trial):
        """Returns the decisions that shape an architecture, by name."""
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
    """Returns names with numbers of equal length.

    TensorBoard orders the columns of HParams letter by letter.
    """
    pairs = [name.rsplit("/", 1) for name in numbered]
    width = max((len(number) for _, number in pairs), default=0)
    return [f"{kind}/{number:0>{width}}" for kind, number in pairs]


def _metrics(trial):
    """Returns a trial's scalars: reward, cost, and what it is judged by.

    Of a quantity that was validated the value on the training data is left
    out.
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
    """Returns a trial's architecture as a line of text and as a PNG."""
    spec = space.decode(trial.proposal.actions)
    buffer = io.BytesIO()
    drawing.draw(space.graph(spec), buffer)
    text = f"reward {trial.reward:.4f}: {space.describe(spec)}"
    return text, buffer.getvalue()
