"""How often each choice was proposed, as a search went on.

What a controller believes shows in what it draws: the share of a choice among
the proposals of some batches in a row estimates its probability then.
"""

import dataclasses

import numpy as np

from nas_tf.decisions import Categorical
from nas_tf.decisions import Subset

# Children that a share is of at least, where there are twice as many, and
# shares in a series at most.
MIN_CHILDREN = 24
MAX_POINTS = 60


@dataclasses.dataclass(frozen=True)
class Windows:
    """Batches in a row whose proposals are counted together.

    Attributes:
        batches: How many batches a window has.
        starts: `[P]` numbers of the first proposal of each.
        stops: `[P]` numbers of the first proposal after it.
    """

    batches: int
    starts: np.ndarray
    stops: np.ndarray


@dataclasses.dataclass(frozen=True)
class Kind:
    """What all decisions of one kind came to.

    Attributes:
        kind: Its name.
        labels: What its choices are called, for people.
        shares: `[P, K]` shares in [0, 1], NaN where nothing was decided.
        exclusive: Whether one of the K is chosen; if not, each is or is not.
    """

    kind: str
    labels: tuple
    shares: np.ndarray
    exclusive: bool


@dataclasses.dataclass(frozen=True)
class Decided:
    """How far one decision, at one place of the list, was settled.

    Attributes:
        name: Its kind and number, such as "filter_height 3".
        settled: `[P]` numbers from 0, all choices alike, to 1, always the
            same; NaN where it was not asked.
        first: The commonest choice of the first window, as text.
        last: That of the last window.
    """

    name: str
    settled: np.ndarray
    first: str
    last: str


def windows(trials):
    """Returns the `Windows` of a run's trials, sorted as `proposed` sorts.

    None if there is but one batch, which has no beginning and end.
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
    """Returns trials in the order of proposing."""
    return sorted(trials, key=lambda trial: trial.proposal.proposal_id)


def actions_of(trials, decisions):
    """Returns `[N, T]` integers: what was proposed, -1 where nothing was."""
    rows = np.full((len(trials), len(decisions)), -1, np.int64)
    for row, trial in zip(rows, trials):
        actions = trial.proposal.actions
        row[: len(actions)] = actions
    return rows


def kinds(actions, decisions, spans):
    """Returns a `Kind` for each kind of decision, in order.

    Args:
        actions: What `actions_of` returned.
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
            # Anchors are counted from the nearest.
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
    """Returns a `Decided` for each decision with a choice; see `kinds`."""
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
    """Returns `[N, K]`: whether each choice, or anchor, was chosen."""
    places = np.arange(decision.size)
    if not isinstance(decision, Subset):
        return (column[:, None] == places).astype(float)
    bits = (column[:, None] >> places) & 1
    return np.where(column[:, None] < 0, 0, bits).astype(float)


def _shares(counts, chances, spans):
    """Returns `[P, K]` of sums of counts over sums of chances in windows."""

    def sums(values):
        totals = np.concatenate([[values[0] * 0], np.cumsum(values, axis=0)])
        return totals[spans.stops] - totals[spans.starts]

    chances = sums(chances.astype(float))
    return sums(counts) / np.where(chances == 0, np.nan, chances)


def _commonest(column, decision):
    values, counts = np.unique(column[column >= 0], return_counts=True)
    if not len(values):
        return "not asked"
    action = int(values[counts.argmax()])
    choice = decision.choice(action)
    if isinstance(choice, tuple):
        # Anchors are counted from 1, as layers are.
        choice = ", ".join(str(anchor + 1) for anchor in choice) or "none"
    return f"{choice} ({counts.max() / counts.sum():.0%})"
