"""Counts over the trials of a run, and the best of them."""

import collections
import json

from nas_tf.trial import OK
from nas_tf.trial import PRUNED


class Tally:
    """Counts over all trials, updated with each trial.

    Attributes:
        statuses: `collections.Counter` of trials by status.
        reused: Number of trials that got the result of an equal one.
        redrawn: Number of architectures discarded because they were too large.
        total_reward: Sum of all rewards.
        best: The first that `best_of` returns of the trials, None for none.
    """

    def __init__(self):
        self.statuses = collections.Counter()
        self.reused = 0
        self.redrawn = 0
        self.total_reward = 0.0
        self.best = None

    @property
    def failed(self):
        return self.statuses.total() - self.statuses[OK] - self.pruned

    @property
    def pruned(self):
        return self.statuses[PRUNED]

    def add(self, trial):
        self.statuses[trial.result.status] += 1
        self.reused += trial.reused is not None
        self.total_reward += trial.reward
        if not trial.ranks:
            return
        if self.best is None or order(trial) < order(self.best):
            self.best = trial


def best_of(trials, count=1):
    """Returns the best successful trials of different architectures.

    Trials that got the result of an equal one are left out, and so are the
    judgements of a search by shared weights. Of the trials derived at its end
    those judged on most examples come first.

    Args:
        trials: Iterable of `Trial`.
        count: Largest number of trials. Default: 1.

    Returns:
        List of `Trial`, the best first.
    """
    ranked = sorted(
        (t for t in trials if t.ranks and t.reused is None), key=order
    )
    best, seen = [], set()
    for trial in ranked:
        spec = json.dumps(trial.result.spec, sort_keys=True)
        if spec not in seen:
            seen.add(spec)
            best.append(trial)
        if len(best) == count:
            break
    return best


def comparable(trials):
    """Returns the trials that rank and whose rewards can be compared.

    Of the trials derived at the end of a search by shared weights these are
    the ones judged on most examples. A reward on few may be higher by luck.

    Args:
        trials: Iterable of `Trial`.

    Returns:
        List of `Trial`, in their order.
    """
    ranking = [trial for trial in trials if trial.ranks]
    most = max(map(_examples, ranking), default=0)
    return [trial for trial in ranking if _examples(trial) == most]


def underived(trials):
    """Returns whether trials only teach a strategy, and rank nothing yet."""
    judged = any(trial.ok and trial.derived is False for trial in trials)
    return judged and not any(trial.derived for trial in trials)


def missing(trials):
    """Returns what a run without a best trial lacks, for messages.

    It completes "Expected a run with ...".
    """
    if underived(trials):
        return (
            "architectures that are derived, which a search by shared weights "
            "does at its end"
        )
    return "a successful child"


def order(trial):
    """Returns what trials that rank are sorted by, the best first.

    Args:
        trial: `Trial`.
    """
    return -_examples(trial), -trial.reward, trial.trial_id


def _examples(trial):
    """Returns the number of examples that decides whether a trial counts."""
    return trial.result.metrics.get("examples", 0) if trial.derived else 0


def busy_seconds(trials):
    """Returns the seconds during which at least one child was running."""
    total, end = 0.0, float("-inf")
    for began, seconds in sorted(
        (t.result.started, t.result.seconds) for t in trials
    ):
        total += max(0.0, began + seconds - max(began, end))
        end = max(end, began + seconds)
    return total
