"""The best trials of a search, each a row in TensorBoard's HParams table.

TensorBoard shows rows in the order of their names. The columns of what was
chosen come first, and behind them those of what came out, each in the order of
their names, capital letters first. A row's name therefore begins with the rank
of its trial. The measure and the reward have a capital letter and are columns
of both kinds, since the second is mostly out of view.
"""

import io
import os
import shutil

from nas_tf import drawing
from nas_tf.decisions import names
from nas_tf.decisions import readable
from nas_tf.errors import UsageError
from nas_tf.runs.event_log import EventLog


class TopRows:
    """A folder of the ten best trials, each in a folder of its own.

    A trial's folder does not change as long as its rank does not.

    Args:
        space: `SearchSpace`.
        folder: Path of the search's events.
        measure: Name of the task's measure, or "" for none.
    """

    COUNT = 10

    def __init__(self, space, folder, measure=""):
        self.space = space
        self.folder = folder / "top"
        self.partial = folder / "top.partial"
        self.measure = measure

    def clear(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def write(self, archive):
        """Adds and removes folders until they are those of the best."""
        # A killed process may have left this folder.
        shutil.rmtree(self.partial, ignore_errors=True)
        best = {
            f"{rank:02}_trial_{trial.trial_id}": trial
            for rank, trial in enumerate(archive.best(self.COUNT), 1)
        }
        for path in self.folder.glob("*"):
            if path.name not in best:
                shutil.rmtree(path, ignore_errors=True)
        for name, trial in best.items():
            if not (self.folder / name).exists():
                self._write_trial(name, trial)

    def _write_trial(self, name, trial):
        text, picture = portrait(self.space, trial)
        step = trial.trial_id + 1
        metrics = {**self._outcome(trial), **_others(trial, self.measure)}
        with EventLog(self.partial) as log:
            log.hparams(self._columns(trial), name, trial.result.started)
            log.scalars({f"top/{key}": metrics[key] for key in metrics}, step)
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

    def _columns(self, trial):
        """Returns the outcome and the choices that influence an architecture.

        They are a dict by name.
        """
        actions = trial.proposal.actions
        decisions = self.space.decisions
        rows = zip(
            _sortable(names(decisions)),
            decisions,
            actions,
            self.space.active(actions),
        )
        choices = {
            name: readable(decision, action)
            for name, decision, action, active in rows
            if active and decision.num_actions > 1
        }
        return {**self._outcome(trial), **choices}

    def _outcome(self, trial):
        """Returns a trial's measure, if it has one, and its reward."""
        value = trial.result.measured(self.measure)
        found = {} if value is None else {capital(self.measure): value}
        return {**found, "Reward": trial.reward}


def _sortable(numbered):
    """Returns names whose numbers are padded to equal length.

    TensorBoard sorts the columns of HParams as text.
    """
    pairs = [name.rsplit("/", 1) for name in numbered]
    width = max((len(number) for _, number in pairs), default=0)
    return [f"{kind}/{number:0>{width}}" for kind, number in pairs]


def _others(trial, measure):
    """Returns a trial's seconds, size and metrics other than the measure.

    A metric on the training data is left out if it was also measured on the
    validation data.
    """
    result = trial.result
    found = {"seconds": result.seconds}
    if result.params is not None:
        found["params"] = result.params
    for name, value in result.metrics.items():
        shown = name in (measure, f"val_{measure}")
        if f"val_{name}" not in result.metrics and not shown:
            found[name] = value
    return found


def capital(name):
    """Returns a name with a capital letter, which TensorBoard shows first."""
    return name[:1].upper() + name[1:]


def portrait(space, trial):
    """Returns a trial's architecture as a line of text and as PNG bytes."""
    spec = space.decode(trial.proposal.actions)
    buffer = io.BytesIO()
    drawing.draw(space.graph(spec), buffer)
    text = f"reward {trial.reward:.4f}: {space.describe(spec)}"
    return text, buffer.getvalue()
