"""A result as a pandas data frame."""

from nas_tf.api import parts as all_parts
from nas_tf.errors import UsageError


def data_frame(trials, parts):
    """Returns one row for each trial, in the order of finishing.

    Columns are the trial's number, status and reward, the task's measure
    ("val_" and its name for validation), the sizes, the time, the failure's
    reason, the architecture in one line, further metrics, and the choice of
    each decision, such as "filter_height/1". A value that is not known is
    missing.

    Args:
        trials: Sequence of `Trial`.
        parts: See `nas_tf.api.parts`.

    Raises:
        UsageError: If pandas is not installed.
    """
    try:
        import pandas
    except ImportError as error:
        raise UsageError(
            f"Expected pandas: pip install pandas. Received: {error}"
        ) from None
    frame = pandas.DataFrame([_row(trial, parts) for trial in trials])
    if len(frame):
        frame["started"] = pandas.to_datetime(
            frame["started"], unit="s", utc=True
        )
    return frame


def _row(trial, parts):
    result = trial.result
    names = (f"val_{parts.measure}", parts.measure)
    own = {n: result.metrics[n] for n in names if n in result.metrics}
    return {
        "trial_id": trial.trial_id,
        "status": result.status,
        "reward": result.reward,
        **own,
        "params": result.params,
        "multiply_adds": result.multiply_adds,
        "seconds": result.seconds,
        "started": result.started,
        "batch": trial.proposal.batch,
        "error": result.error,
        "architecture": parts.describe(trial),
        **{n: v for n, v in result.metrics.items() if n not in own},
        **all_parts.readable(parts, trial),
    }
