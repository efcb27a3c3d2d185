"""Which decisions explain how well children did.

Each decision is taken alone: a regression of the children's ranks on its
choices, among the children for which it was made. Its R^2, corrected for the
number of choices (the adjusted R^2), is the share of the variance that the
decision explains. Ranks are used instead of values, because a few children that
learned nothing would outweigh all others.

What chance would explain is found by permutation: the largest share of any
decision after the ranks have been shuffled among the children.
"""

import dataclasses

import numpy as np

from nas_tf import decisions as kinds
from nas_tf import seeds
from nas_tf.decisions import Subset
from nas_tf.report import shares

# With fewer children, chance explains as much as a decision.
MIN_TRIALS = 40
# Each coefficient of a regression needs some children.
MIN_CHILDREN_A_CHOICE = 4
PERMUTATIONS = 200


@dataclasses.dataclass(frozen=True)
class Importance:
    """How much a decision explains.

    Attributes:
        name: Its kind and number, such as "filter_height/3".
        share: Share of the variance of ranks that it explains, in [0, 1].
        choices: Tuple of triples, the best first: a choice as text, the median
            of the measure over the children with it, and their number. For a
            subset, that an anchor is in it or not is one choice.
    """

    name: str
    share: float
    choices: tuple


def of(trials, decisions, measure):
    """Returns the importance of decisions, and what chance would explain.

    Args:
        trials: Sequence of `Trial`.
        decisions: Sequence of decisions.
        measure: `nas_tf.report.measure.Measure`.

    Returns:
        A pair of a list of `Importance`, the largest first, and the share that
        the largest of them exceeds in one search of twenty by chance. None if
        there are too few trials, or no decision can be judged.
    """
    values = measure.values(trials)
    known = np.isfinite(values)
    if known.sum() < MIN_TRIALS or np.ptp(values[known]) == 0:
        return None
    values = values[known]
    actions = shares.actions_of(trials, decisions)[known]
    rng = seeds.generator(0, "importance")
    orders = [rng.permutation(len(values)) for _ in range(PERMUTATIONS)]
    # As they are, and shuffled.
    rows = np.stack([values, *(values[order] for order in orders)])
    [ranks] = _ranks(values[None])
    ranks_of_all = np.stack([ranks, *(ranks[order] for order in orders)])
    found, chance = [], np.zeros(PERMUTATIONS)
    for name, decision, column in zip(
        kinds.names(decisions), decisions, actions.T
    ):
        made = column >= 0
        table = _table(column[made], decision)
        needed = MIN_CHILDREN_A_CHOICE * (table.shape[1] + 1)
        if table.shape[1] < 1 or made.sum() < max(MIN_TRIALS, needed):
            continue
        judged = ranks_of_all if made.all() else _ranks(rows[:, made])
        own, *others = _explained(table, judged)
        chance = np.maximum(chance, others)
        choices = _choices(column[made], decision, values[made])
        choices.sort(key=lambda choice: choice[1], reverse=not measure.lower)
        found.append(Importance(name, float(max(own, 0)), tuple(choices)))
    if not found:
        return None
    found.sort(key=lambda one: -one.share)
    return found, float(np.quantile(chance, 0.95))


def _ranks(rows):
    """Returns centred ranks in each row; equal values have equal ranks."""
    ranks = np.empty(rows.shape)
    for number, values in enumerate(rows):
        ordered = np.sort(values)
        ranks[number] = np.searchsorted(ordered, values)
        ranks[number] += np.searchsorted(ordered, values, side="right")
    return ranks - ranks.mean(axis=1, keepdims=True)


def _table(column, decision):
    """Returns the `[N, K]` table of a regression, without its constant."""
    if isinstance(decision, Subset):
        table = (column[:, None] >> np.arange(decision.size)) & 1
    else:
        table = column[:, None] == np.unique(column)[1:]
    table = table.astype(float)
    # Anchors that were always or never chosen say nothing.
    return table[:, np.ptp(table, axis=0) > 0] if len(table) else table


def _explained(table, rows):
    """Returns `[R]` adjusted shares of variance that a table explains.

    Args:
        table: `[N, K]` floats.
        rows: `[R, N]` centred values.
    """
    basis, _ = np.linalg.qr(table - table.mean(axis=0))
    left, count = len(table) - table.shape[1] - 1, len(table) - 1
    total = np.maximum((rows**2).sum(axis=1), 1e-9)
    fitted = ((rows @ basis) ** 2).sum(axis=1) / total
    return 1 - (1 - fitted) * count / left


def _choices(column, decision, values):
    if isinstance(decision, Subset):
        masks = {
            f"{word}{anchor + 1}": column >> anchor & 1 == bit
            for anchor in range(decision.size)
            for bit, word in ((1, ""), (0, "not "))
        }
    else:
        masks = {
            str(kinds.readable(decision, int(action))): column == action
            for action in np.unique(column)
        }
    return [
        (text, float(np.median(values[mask])), int(mask.sum()))
        for text, mask in masks.items()
        if mask.any()
    ]
