"""TensorBoard: a search as curves, and its best trials as a table.

The search is one event stream in `<run_dir>/events`. Its step is the number of
finished trials. `top_rows` has the table.

TensorBoard sorts curves by their names, capital letters first. Those of the
measure and of the reward have one, so that they are on top.
"""

import collections
import statistics
import time

from nas_tf.runs.event_log import EventLog
from nas_tf.search import top_rows
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
        self.measure = ""

    def on_ready(self, archive, search):
        self.measure = search.task.measure

    def on_start(self, archive, rule):
        folder = archive.run_dir / FOLDER
        self.log = EventLog(folder)
        self.top = top_rows.TopRows(self.space, folder, self.measure)
        if archive.tally.best is None:
            # The directory may have belonged to another run.
            self.top.clear()
        recent = archive.trials[-WINDOW:]
        self.rewards = collections.deque((t.reward for t in recent), WINDOW)
        self.values = collections.deque(map(self._value, recent), WINDOW)
        rows = (t.proposal.actions for t in recent)
        self.rows = collections.deque(rows, WINDOW)
        self.best = archive.tally.best
        self.began = self.topped = time.monotonic()
        self.before = len(archive.trials)

    def on_trial(self, archive, trial):
        step = len(archive.trials)
        tally = archive.tally
        self.rows.append(trial.proposal.actions)
        minutes = (time.monotonic() - self.began) / 60
        scalars = {
            **self._measured(tally, trial),
            **self._rewarded(tally, trial),
            "search/children_per_minute": (step - self.before) / minutes,
            "search/decisions": len(trial.proposal.actions),
            "search/different_of_100": len(set(self.rows)),
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
        if tally.best is not self.best:
            self.best = tally.best
            self._show_best(step)
        self.log.scalars(scalars, step)

    def _show_best(self, step):
        if self.best is None:
            # A search by shared weights goes on and will derive others, which
            # may have the numbers of those in the table.
            self.top.clear()
            return
        text, picture = top_rows.portrait(self.space, self.best)
        self.log.text("best/architecture", text, step)
        self.log.image("best/picture", picture, step)

    def _value(self, trial):
        """Returns a trial's value of the measure, None for none."""
        return trial.result.measured(self.measure) if trial.ok else None

    def _measured(self, tally, trial):
        """Returns the measure's curves, without the trials that have none."""
        self.values.append(self._value(trial))
        # The median, because one child that diverged would move a mean.
        known = [value for value in self.values if value is not None]
        curves = {
            "trial": self.values[-1],
            "median_of_100": statistics.median(known) if known else None,
            "best": None if tally.best is None else self._value(tally.best),
        }
        group = top_rows.capital(self.measure)
        return {
            f"{group}/{name}": value
            for name, value in curves.items()
            if value is not None
        }

    def _rewarded(self, tally, trial):
        """Returns the reward's curves."""
        self.rewards.append(trial.reward)
        curves = {
            "Reward/trial": trial.reward,
            "Reward/mean_of_100": statistics.fmean(self.rewards),
        }
        if tally.best is not None:
            curves["Reward/best"] = tally.best.reward
        return curves

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
