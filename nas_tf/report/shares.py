"""How often each choice was proposed in the course of a search.

The share of a choice among the proposals of some consecutive batches estimates
the probability that the strategy gave to it at that time.
"""

import dataclasses

import numpy as np

from nas_tf.decisions import Categorical
from nas_tf.decisions import Subset

# Least number of children in a window (of a run with at least twice as many),
# and largest number of windows.
MIN_CHILDREN = 24
MAX_POINTS = 60


@dataclasses.dataclass(frozen=True)
class Windows:
    """Windows of consecutive batches whose proposals are counted together.

    Attributes:
        batches: Number of batches in a window.
        starts: `[P]` indices of the first proposal of each window.
        stops: `[P]` indices of the first proposal after each window.
    """

    batches: int
    starts: np.ndarray
    stops: np.ndarray


@dataclasses.dataclass(frozen=True)
class Kind:
    """The shares of choices of all decisions of one kind.

    Attributes:
        kind: Its name.
        labels: Names of the K choices, for people.
        shares: `[P, K]` shares in [0, 1], NaN where no decision was made.
        exclusive: Whether exactly one of the K is chosen. Otherwise each is
            chosen or not.
    """

    kind: str
    labels: tuple
    shares: np.ndarray
    exclusive: bool


@dataclasses.dataclass(frozen=True)
class Decided:
    """How settled a single decision of the list was.

    Attributes:
        name: Its kind and number, such as "filter_height 3".
        settled: `[P]` numbers from 0, if all choices were equally frequent,
            to 1, if the same choice was always made. NaN where the decision
            was not part of the architectures.
        first: The most frequent choice in the first window, as text.
        last: The most frequent choice in the last window.
    """

    name: str
    settled: np.ndarray
    first: str
    last: str


def windows(trials):
    """Returns the `Windows` of a run's trials, sorted as `proposed` sorts.

    None if there is only one batch: it shows no change.
    """
    batches = np.array([t.proposal.batch for t in proposed(trials)])
    bounds = np.flatnonzero(np.diff(batches)) + 1
    bounds = np.concatenate([[0], bounds, [len(batches)]])
    count = len(bounds) - 1
    size = max(1, len(batches) // count)
    if count < 2:
        return None
    width = max(-(-MIN_CHILDREN // size), count // 10)
    width = min(width, count // 2)
    firsts = np.linspace(0, count - width, min(MAX_POINTS, count - width + 1))
    firsts = firsts.round().astype(int)
    return Windows(width, bounds[firsts], bounds[firsts + width])


def proposed(trials):
    """Returns trials in the order in which they were proposed."""
    return sorted(trials, key=lambda trial: trial.proposal.proposal_id)


def actions_of(trials, decisions):
    """Returns the `[N, T]` actions, -1 for decisions that were not made."""
    rows = np.full((len(trials), len(decisions)), -1, np.int64)
    for row, trial in zip(rows, trials):
        actions = trial.proposal.actions
        row[: len(actions)] = actions
    return rows


def kinds(actions, decisions, spans):
    """Returns a list with a `Kind` for each kind of decision.

    Args:
        actions: `[N, T]` integers, see `actions_of`.
        decisions: The T decisions.
        spans: `Windows`.
    """
    places = {}
    for place, decision in enumerate(decisions):
        if decision.num_actions > 1:
            places.setdefault(decision.kind, []).append(place)
    found = []
    for kind, columns in places.items():
        first = decisions[columns[0]]
        exclusive = isinstance(first, Categorical)
        size = max(decisions[place].size for place in columns)
        counts = np.zeros((len(actions), size))
        chances = np.zeros((len(actions), size))
        for place in columns:
            chosen = _chosen(actions[:, place], decisions[place])
            asked = actions[:, place] >= 0
            # Choices of anchors are ordered by distance, the nearest first.
            if not exclusive:
                chosen = chosen[:, ::-1]
            counts[:, : chosen.shape[1]] += chosen
            chances[asked, : chosen.shape[1]] += 1
        labels = (
            tuple(str(first.choice(action)) for action in range(size))
            if exclusive
            else tuple(f"{back} back" for back in range(1, size + 1))
        )
        found.append(
            Kind(kind, labels, _shares(counts, chances, spans), exclusive)
        )
    return found


def decided(actions, decisions, spans):
    """Returns a `Decided` for each decision that has a choice.

    Args: see `kinds`.
    """
    found = []
    numbers = {}
    for place, decision in enumerate(decisions):
        number = numbers[decision.kind] = numbers.get(decision.kind, 0) + 1
        if decision.num_actions < 2:
            continue
        column = actions[:, place]
        chosen = _chosen(column, decision)
        asked = np.repeat((column >= 0)[:, None], chosen.shape[1], axis=1)
        shares = _shares(chosen, asked, spans)
        if isinstance(decision, Subset):
            settled = np.abs(2 * shares - 1).mean(axis=1)
        else:
            chance = 1 / decision.num_actions
            settled = (shares.max(axis=1) - chance) / (1 - chance)
        found.append(
            Decided(
                f"{decision.kind} {number}",
                settled,
                _commonest(column[spans.starts[0] : spans.stops[0]], decision),
                _commonest(
                    column[spans.starts[-1] : spans.stops[-1]], decision
                ),
            )
        )
    return found


def _chosen(column, decision):
    """Returns `[N, K]`: 1 if a choice, or an anchor, was chosen, else 0."""
    places = np.arange(decision.size)
    if not isinstance(decision, Subset):
        return (column[:, None] == places).astype(float)
    bits = (column[:, None] >> places) & 1
    return np.where(column[:, None] < 0, 0, bits).astype(float)


def _shares(counts, chances, spans):
    """Returns `[P, K]`: the counts divided by the chances in each window."""

    def sums(values):
        totals = np.concatenate([[values[0] * 0], np.cumsum(values, axis=0)])
        return totals[spans.stops] - totals[spans.starts]

    chances = sums(chances.astype(float))
    return sums(counts) / np.where(chances == 0, np.nan, chances)


def _commonest(column, decision):
    values, counts = np.unique(column[column >= 0], return_counts=True)
    if not len(values):
        return "not made"
    action = int(values[counts.argmax()])
    choice = decision.choice(action)
    if isinstance(choice, tuple):
        # Anchors are numbered from 1, like layers.
        choice = ", ".join(str(anchor + 1) for anchor in choice) or "none"
    return f"{choice} ({counts.max() / counts.sum():.0%})"
