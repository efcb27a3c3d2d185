"""The output of a search in the terminal."""

import sys

import tqdm

from nas_tf.search.observer import Observer
from nas_tf.trial import OK


class Progress(Observer):
    """A progress bar with the best and mean reward and the number of failures.

    It also shows the progress towards limits other than `max_children`.
    """

    def on_start(self, archive, rule):
        self.rule = rule
        done = len(archive.trials)
        over = bool(rule.reached(archive))
        if done and not over:
            print(f"Resuming after {done} finished children.", flush=True)
        self.bar = bar(rule.max_children, done, "child", disable=over)

    def on_trial(self, archive, trial):
        tally = archive.tally
        mean = tally.total_reward / len(archive.trials)
        facts = {"mean": f"{mean:.4f}"}
        if tally.best is not None:
            facts = {"best": f"{tally.best.reward:.4f}", **facts}
        if tally.failed:
            facts["failed"] = tally.failed
        facts.update(self.rule.progress(archive))
        self.bar.set_postfix(facts, refresh=False)
        self.bar.update()

    def on_end(self, archive):
        self.bar.close()


def bar(total, done, unit, disable=False):
    """Returns a `tqdm` bar with the progress, the speed and the time left.

    Args:
        total: Number of steps, or None if it is not known.
        done: Number of steps that were done before.
        unit: What a step is called.
        disable: Whether to show nothing. Default: False.
    """
    # In a file a line every 15 s is enough.
    on_screen = sys.stderr.isatty()
    return tqdm.tqdm(
        total=total,
        initial=done,
        unit=unit,
        dynamic_ncols=True,
        mininterval=0.2 if on_screen else 15,
        disable=disable,
    )


def table(archive, space, task, count=5):
    """Returns the best architectures of a run as lines of text.

    A column without any value is left out.

    Args:
        archive: `Archive`.
        space: `SearchSpace`.
        task: `Task`, whose measure is shown.
        count: Largest number of architectures. Default: 5.
    """
    measure = task.measure.replace("_", " ")
    rows = [("trial", "reward", measure, "parameters", "architecture")]
    for trial in archive.best(count):
        spec = space.decode(trial.proposal.actions)
        metrics = trial.result.metrics
        value = metrics.get(f"val_{task.measure}", metrics.get(task.measure))
        rows.append(
            (
                str(trial.trial_id),
                f"{trial.reward:.4f}",
                "-" if value is None else task.show(value),
                "-"
                if trial.result.params is None
                else f"{trial.result.params:,}",
                _shortened(space.describe(spec)),
            )
        )
    if len(rows) == 1:
        return "No child finished."
    columns = [c for c in zip(*rows) if any(cell != "-" for cell in c[1:])]
    *numbers, last = columns
    widths = [max(map(len, column)) for column in numbers]
    return "\n".join(
        "  ".join([*map(str.rjust, cells, widths), text])
        for *cells, text in zip(*numbers, last)
    )


def _shortened(text, width=120):
    return text if len(text) <= width else text[: width - 3] + "..."


def summary(archive):
    """Returns lines with the numbers of trials, failures, redraws and reuse."""
    tally = archive.tally
    lines = [f"{len(archive.trials)} children finished."]
    if tally.failed:
        counts = ", ".join(
            f"{count} {status}"
            for status, count in tally.statuses.items()
            if status != OK
        )
        lines.append(f"Failed: {counts}.")
    if tally.redrawn:
        lines.append(f"Discarded as too large: {tally.redrawn}.")
    if tally.reused:
        lines.append(f"Got the reward of an equal child: {tally.reused}.")
    return "\n".join(lines)
