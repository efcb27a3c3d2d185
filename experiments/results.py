"""Results of runs as arrays, and statistics of their differences."""

import numpy as np
from scipy import stats

from nas_tf.runs.directory import RunDirectory


def trials(job):
    """Returns a search's trials in the order in which they were proposed.

    The order in which they finished would put small networks first.
    """
    found = RunDirectory(job.folder).trials
    return sorted(found, key=lambda trial: trial.proposal.proposal_id)


def rewards(job):
    """Returns `[N]` rewards in the order of proposing, including failures."""
    return np.array([trial.reward for trial in trials(job)])


def seconds(job):
    """Returns `[N]` durations of children in s, in the order of proposing."""
    return np.array([trial.result.seconds for trial in trials(job)])


def moving_average(values, window):
    """Returns the `[N - window + 1]` means of `window` consecutive values."""
    return np.convolve(values, np.ones(window) / window, "valid")


def with_error(values, digits=3):
    """Returns the mean of numbers and its standard error, as text.

    A single number has no standard error and is written alone.
    """
    values = np.asarray(values, float)
    mean = f"{values.mean():.{digits}f}"
    if len(values) < 2:
        return mean
    return f"{mean} ± {stats.sem(values):.{digits}f}"


def p_value(ours, theirs):
    """Returns the two-sided p value of Welch's t-test."""
    return stats.ttest_ind(ours, theirs, equal_var=False).pvalue


def difference(ours, theirs, digits=3):
    """Returns a difference of means, its standard error and p, as text.

    Where one side is a single number, there is neither error nor p.
    """
    ours, theirs = np.asarray(ours, float), np.asarray(theirs, float)
    mean = f"{ours.mean() - theirs.mean():+.{digits}f}"
    if min(len(ours), len(theirs)) < 2:
        return mean
    error = np.hypot(stats.sem(ours), stats.sem(theirs))
    return f"{mean} ± {error:.{digits}f} (p = {p_value(ours, theirs):.2g})"
