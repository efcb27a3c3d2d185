"""Groups of runs that differ only in their seeds."""

import dataclasses
import json

import numpy as np

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.report import series
from nas_tf.runs import configuration as configurations

CONFIDENCE = 0.95


@dataclasses.dataclass(frozen=True)
class Group:
    """Runs of one configuration.

    Attributes:
        label: What distinguishes it from the other groups.
        runs: Tuple of `Run`.
        children: Number of trials of the shortest run; all are cut to it.
        average: `Band` of the moving averages of rewards.
        best: `Band` of the best rewards so far.
        final_best: `[S]` floats: the best reward of each of the S runs.
        last_third: `[S]` floats: the mean reward of the last third of the
            children of each run.
    """

    label: str
    runs: tuple
    children: int
    average: "Band"
    best: "Band"
    final_best: np.ndarray
    last_third: np.ndarray


@dataclasses.dataclass(frozen=True)
class Band:
    """A mean over runs with its confidence interval.

    Attributes:
        mean: `[N]` floats; NaN while a run has no value yet.
        half_width: `[N]` floats, or None for a single run. The 95 %
            confidence interval by Student's t is `mean` plus or minus
            `half_width`.
    """

    mean: np.ndarray
    half_width: np.ndarray | None


def grouped(runs):
    """Returns a list of `Group`, in the order of the first run of each.

    Args:
        runs: Sequence of `Run`.
    """
    members = {}
    for run in runs:
        rest = {k: v for k, v in run.configuration.items() if k != "seed"}
        members.setdefault(json.dumps(rest, sort_keys=True), []).append(run)
    labels = _labels([group[0].configuration for group in members.values()])
    shortest = min(len(run.trials) for run in runs)
    window = series.window_for(shortest)
    return [
        _group(label, tuple(group), window)
        for label, group in zip(labels, members.values())
    ]


def band(rows):
    """Returns the `Band` of `[S, N]` values, S runs."""
    rows = np.asarray(rows, float)
    mean = rows.mean(axis=0)
    if len(rows) < 2:
        return Band(mean, None)
    # Student's t, because the standard deviation is estimated.
    from scipy.special import stdtrit

    factor = stdtrit(len(rows) - 1, (1 + CONFIDENCE) / 2)
    deviation = rows.std(axis=0, ddof=1)
    return Band(mean, factor * deviation / np.sqrt(len(rows)))


def _group(label, runs, window):
    children = min(len(run.trials) for run in runs)
    rewards = [series.rewards(run.trials[:children]) for run in runs]
    best = [series.best_so_far(run.trials[:children]) for run in runs]
    third = -(-children // 3)
    return Group(
        label=label,
        runs=runs,
        children=children,
        average=band([series.moving_average(row, window) for row in rewards]),
        best=band(best),
        final_best=np.array([row[-1] for row in best]),
        last_third=np.array([row[-third:].mean() for row in rewards]),
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
