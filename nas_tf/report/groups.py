"""Groups of runs that differ only in their seeds."""

import dataclasses
import json

import numpy as np

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.report import series
from nas_tf.runs import configuration as configurations

CONFIDENCE = 0.95
# With fewer runs Student's t makes an interval so wide that it says nothing.
MIN_SEEDS = 4


@dataclasses.dataclass(frozen=True)
class Group:
    """Runs of one configuration.

    Attributes:
        label: What distinguishes it from the other groups.
        runs: Tuple of `Run`.
        children: Number of children of the shortest run; all are cut to it.
        median: `Band` of the moving medians of the measure.
        best: `Band` of the best values so far.
        final_best: `[S]` floats: the best value of each of the S runs.
        last_third: `[S]` floats: the median of the last third of the children
            of each run, without failures.
    """

    label: str
    runs: tuple
    children: int
    median: "Band"
    best: "Band"
    final_best: np.ndarray
    last_third: np.ndarray


@dataclasses.dataclass(frozen=True)
class Band:
    """A mean over runs with its confidence interval.

    Attributes:
        rows: `[S, N]` floats, one row for each run; NaN while a run has no
            value yet.
        mean: `[N]` floats, the mean of the rows.
        low: `[N]` floats, or None for fewer than `MIN_SEEDS` runs: the lower
            end of the 95 % confidence interval of the mean by Student's t,
            within the bounds of the measure.
        high: Its upper end, as `low`.
    """

    rows: np.ndarray
    mean: np.ndarray
    low: np.ndarray | None = None
    high: np.ndarray | None = None


def grouped(runs, measure):
    """Returns a list of `Group`, in the order of the first run of each.

    Args:
        runs: Sequence of `Run`.
        measure: `nas_tf.report.measure.Measure` of all of them.
    """
    members = {}
    for run in runs:
        rest = {k: v for k, v in run.configuration.items() if k != "seed"}
        members.setdefault(json.dumps(rest, sort_keys=True), []).append(run)
    labels = _labels([group[0].configuration for group in members.values()])
    shortest = min(len(run.trials) for run in runs)
    window = series.window_for(shortest)
    return [
        _group(label, tuple(group), window, measure)
        for label, group in zip(labels, members.values())
    ]


def band(rows, bounds=(-np.inf, np.inf)):
    """Returns the `Band` of `[S, N]` values, S runs.

    Args:
        rows: The values.
        bounds: Least and largest possible value. Default: none.
    """
    rows = np.asarray(rows, float)
    mean = rows.mean(axis=0)
    if len(rows) < MIN_SEEDS:
        return Band(rows, mean)
    # Student's t, because the standard deviation is estimated.
    from scipy.special import stdtrit

    factor = stdtrit(len(rows) - 1, (1 + CONFIDENCE) / 2)
    half = factor * rows.std(axis=0, ddof=1) / np.sqrt(len(rows))
    return Band(
        rows,
        mean,
        np.clip(mean - half, *bounds),
        np.clip(mean + half, *bounds),
    )


def _group(label, runs, window, measure):
    shortest = min(len(run.trials) for run in runs)
    trials = [run.trials[:shortest] for run in runs]
    values = [measure.values(row) for row in trials]
    best = [series.best_so_far(*pair) for pair in zip(trials, values)]
    third = -(-shortest // 3)
    medians = [series.moving_median(row, window) for row in values]
    bounds = measure.bounds(np.concatenate(values))
    return Group(
        label=label,
        runs=runs,
        children=min(run.children for run in runs),
        median=band(medians, bounds),
        best=band(best, bounds),
        final_best=np.array([row[-1] for row in best]),
        last_third=np.array(
            [series.moving_median(row, third)[-1] for row in values]
        ),
    )


def _labels(configurations):
    """Returns for each configuration a text of what the others differ in."""
    keys = dict.fromkeys(key for c in configurations for key in c)
    differing = [
        key
        for key in keys
        if key != "seed"
        and len({json.dumps(c.get(key)) for c in configurations}) > 1
    ] or ["strategy"]
    return [
        ", ".join(
            _part(key, c.get(key), [other.get(key) for other in configurations])
            for key in differing
        )
        for c in configurations
    ]


def _part(key, part, all_parts):
    """Returns a part's name with the options in which its rivals differ."""
    if key not in configurations.PARTS:
        return f"{key} {part}"
    name, options = _parsed(part)
    rivals = [other for n, other in map(_parsed, all_parts) if n == name]
    shown = [
        f"{option}={value!r}"
        for option, value in options.items()
        if any(other.get(option) != value for other in rivals)
    ]
    return f"{name}({', '.join(shown)})" if shown else name


def _parsed(call):
    """Returns a part's name and options."""
    try:
        return registry.parse_call(call)
    except (UsageError, AttributeError):
        return str(call), {}
