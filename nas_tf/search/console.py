"""The output of a search in the terminal."""

import time

import tqdm

from nas_tf import layout
from nas_tf.machine import standard_streams
from nas_tf.runs.tally import underived
from nas_tf.search import estimate
from nas_tf.search import header
from nas_tf.search.failures import reasons
from nas_tf.search.observer import Observer
from nas_tf.search.progress_lines import Lines
from nas_tf.trial import OK
from nas_tf.trial import PRUNED

# At most this many reasons of failures are listed.
MAX_REASONS = 5
NOTHING_DERIVED = (
    "Nothing is derived yet. Judgements on a minibatch do not tell which "
    "architecture is best; a search finds that out at its end."
)


class Progress(Observer):
    """A header, and a progress bar with the best and the mean score.

    The bar also shows the number of failures and the progress towards limits
    other than `max_children`. Where stderr is no terminal there are plain
    lines. After the first two children it says how long the search will take.

    Args:
        header: Whether there is a header. Default: True.
    """

    def __init__(self, header=True):
        self.header = header

    def on_ready(self, archive, search):
        self.task = search.task
        self.workers = search.executor
        self.began = time.monotonic()
        done = len(archive.trials)
        if search.rule.reached(archive):
            return
        if self.header:
            print(header.text(search), flush=True)
        if done:
            print(f"Resuming after {done:,} finished children.", flush=True)

    def on_start(self, archive, rule):
        self.rule = rule
        self.done = len(archive.trials)
        self.parts = None  # done at the first look at a preparation, and when
        self.scores = Scores(self.task.measure)
        for trial in archive.trials:
            self.scores.add(trial)
        over = bool(rule.reached(archive))
        self.bar = self.make_bar(rule.max_children, self.done, over)

    def make_bar(self, total, done, disable):
        """Returns what shows the progress; see `bar`."""
        return bar(total, done, "child", disable=disable)

    def on_part(self, archive, preparation):
        done, total, unit = preparation
        now = time.monotonic()
        if self.parts is None:
            self.parts = done, now
        before, since = self.parts
        text = f"preparing: {done:,}/{total:,} {unit}"
        if done > before:
            left = (now - since) / (done - before) * (total - done)
            text += f", about {layout.span(left)} left"
        self.bar.set_postfix_str(text, refresh=True)
        self.bar.update(0)

    def on_trial(self, archive, trial):
        self.scores.add(trial)
        facts = self.scores.facts(archive, self.task)
        if archive.tally.failed:
            facts["failed"] = archive.tally.failed
        if archive.tally.pruned:
            facts["pruned"] = archive.tally.pruned
        facts.update(self.rule.progress(archive))
        text = ", ".join(f"{name} {value}" for name, value in facts.items())
        self.bar.set_postfix_str(text, refresh=False)
        self.bar.update()
        if self.parts is not None and len(archive.trials) == self.done + 1:
            # The first preparation, which is the longest, is over.
            self.bar.unpause()
        # The first judgements say nothing of the phases of training to come.
        judged = trial.derived is False
        if not judged and len(archive.trials) - self.done == estimate.AFTER:
            new = archive.trials[self.done :]
            seconds = time.monotonic() - self.began
            workers = self.workers.num_workers
            said = estimate.text(new, self.rule, workers, seconds)
            if said:
                self.bar.write(said)

    def on_end(self, archive):
        self.bar.close()


class Scores:
    """The best and the mean score of the successful trials.

    Args:
        measure: Name of the task's measure.
    """

    def __init__(self, measure):
        self.measure = measure
        self.total = self.count = 0

    def add(self, trial):
        value = trial.result.measured(self.measure)
        if trial.ok and value is not None:
            self.total += value
            self.count += 1

    def facts(self, archive, task):
        """Returns a dict of texts, the measure first and the reward last."""
        best = archive.tally.best
        if best is None:
            return self._of_judgements(archive, task)
        facts = {}
        value = best.result.measured(self.measure)
        if value is not None:
            facts[f"best {self.measure.replace('_', ' ')}"] = task.show(value)
            facts["mean"] = task.show(self.total / self.count)
            facts["reward"] = f"{best.reward:.4f}"
            return facts
        mean = archive.tally.total_reward / len(archive.trials)
        return {"best reward": f"{best.reward:.4f}", "mean": f"{mean:.4f}"}

    def _of_judgements(self, archive, task):
        """Returns the means of a search whose best is derived at its end."""
        if not underived(archive.trials[-1:]):
            return {}
        facts = {}
        if self.count:
            facts["mean"] = task.show(self.total / self.count)
        mean = archive.tally.total_reward / len(archive.trials)
        return {**facts, "mean reward": f"{mean:.4f}"}


class _Bar(tqdm.tqdm):
    """A bar that other lines can be written above."""

    def write(self, text):
        if not self.disable:
            tqdm.tqdm.write(text, file=standard_streams.stderr())


def bar(total, done, unit, disable=False):
    """Returns the progress, the speed and the time left as a bar or lines.

    Args:
        total: Number of steps, or None if it is not known.
        done: Number of steps that were done before.
        unit: What a step is called, "child" or "epoch".
        disable: Whether to show nothing. Default: False.
    """
    if not standard_streams.stderr().isatty():
        plural = {"child": "children"}.get(unit, f"{unit}s")
        return Lines(total, done, plural, disable)
    return _Bar(
        total=total,
        initial=done,
        unit=unit,
        dynamic_ncols=True,
        mininterval=0.2,
        disable=disable,
    )


def table(archive, space, task, count=5):
    """Returns the best architectures of a run as lines of text.

    The task's measure comes first, then the reward. A column without any value
    is left out. Lines end at the terminal's edge.

    Args:
        archive: `Archive`.
        space: `SearchSpace`.
        task: `Task`, whose measure is shown.
        count: Largest number of architectures. Default: 5.
    """
    trials = archive.best(count)
    if not trials:
        if underived(archive.trials):
            return layout.paragraph(NOTHING_DERIVED)
        return "No child finished."
    specs = [space.decode(trial.proposal.actions) for trial in trials]
    texts = [space.describe(spec) for spec in specs]
    return rows(trials, texts, task.measure, task.show)


def rows(trials, texts, measure, show):
    """Returns trials as lines of text, see `table`.

    Args:
        trials: Sequence of at least one `Trial`.
        texts: The architecture of each in one line.
        measure: Name of the measure.
        show: Function from a value of the measure to text.
    """
    title = measure.replace("_", " ")
    cells = [("trial", title, "reward", "parameters", "architecture")]
    for trial, text in zip(trials, texts):
        value, params = trial.result.measured(measure), trial.result.params
        cells.append(
            (
                str(trial.trial_id),
                "-" if value is None else show(value),
                f"{trial.reward:.4f}",
                "-" if params is None else f"{params:,}",
                text,
            )
        )
    columns = [c for c in zip(*cells) if any(cell != "-" for cell in c[1:])]
    return layout.table(list(zip(*columns)))


def summary(archive):
    """Returns lines with the numbers of failures, redraws and reuse.

    Failures are counted by their reasons. Without any of these it is "".

    Args:
        archive: `Archive`.
    """
    tally = archive.tally
    lines = []
    if tally.failed:
        counts = ", ".join(
            f"{count} {status}"
            for status, count in tally.statuses.items()
            if status not in (OK, PRUNED)
        )
        lines.append(f"Failed: {counts}.")
        lines += failures(archive.trials)
    if tally.pruned:
        lines.append(f"Pruned, by the rule: {tally.pruned}.")
    if tally.redrawn:
        lines.append(f"Discarded as too large: {tally.redrawn}.")
    if tally.reused:
        lines.append(f"Got the reward of an equal child: {tally.reused}.")
    return "\n".join(lines)


def failures(trials):
    """Returns lines that count the reasons of failures, the commonest first."""
    found = reasons(trials)
    lines = [
        layout.shortened(f"  {count} {status}: {reason}", layout.width())
        for status, reason, count in found[:MAX_REASONS]
    ]
    rest = sum(count for *_, count in found[MAX_REASONS:])
    return [*lines, f"  {rest} of other reasons"] if rest else lines
