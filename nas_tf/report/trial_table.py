"""All trials of a run, as a table that can be sorted."""

from nas_tf.report import html
from nas_tf.report import wording
from nas_tf.runs import tally

# A browser scrolls and sorts as many rows without a pause.
MAX_ROWS = 5000


def section(run):
    """Returns the section of all trials, the best first.

    Args:
        run: `Run`.
    """
    trials = sorted(
        run.trials, key=lambda t: (not t.ok, not t.ranks, tally.order(t))
    )
    shown = trials[:MAX_ROWS]
    columns = {
        "trial": [trial.trial_id for trial in shown],
        run.measure.name: [run.measure.text(trial) for trial in shown],
        "reward": [f"{trial.reward:.4f}" for trial in shown],
        **{
            name: [wording.count(getattr(t.result, size)) for t in shown]
            for name, size in (
                ("parameters", "params"),
                ("multiply-adds", "multiply_adds"),
            )
        },
        "seconds": [_seconds(trial) for trial in shown],
        "status": [_status(trial) for trial in shown],
        "architecture": [run.describe_trial(trial) for trial in shown],
    }
    text = (
        "A heading sorts the rows by its column, and again in reverse. A click "
        "on a dot of a chart leads to its row."
    )
    if len(trials) > MAX_ROWS:
        text += (
            f" These are the best {MAX_ROWS:,} of {len(trials):,} children; "
            f"trials.jsonl has all."
        )
    return html.section(
        "All children",
        html.paragraph(text),
        html.columns(
            columns,
            numeric=columns.keys() - {"status", "architecture"},
            wide="architecture",
            rows=[trial.trial_id for trial in shown],
        ),
    )


def _seconds(trial):
    return "-" if trial.reused is not None else f"{trial.result.seconds:.1f}"


def _status(trial):
    if trial.reused is None:
        return trial.result.status
    return f"{trial.result.status}, reused from {trial.reused}"
