"""What a search space asks: the three kinds of decision.

A decision has `num_actions` numbered from 0. The action taken is one integer,
whatever the kind, so an architecture is a tuple of integers.

Weights of the controller belong to a decision's `kind`, not to its position in
the list: the sixth "filter_height" shares its embedding and its head with the
first, so a longer list is the same controller going on.

Some decisions leave an anchor: the controller's hidden state at that step,
which later `Pointer` and `Subset` decisions attend over. Anchors are numbered
from 0 in the order they are left.
"""

import collections
import dataclasses

from nas_tf.errors import UsageError

# Bit masks live in int64 arrays; one bit stays free for the sign and one for
# the count 2**size itself.
MAX_SUBSET_SIZE = 62


class _OneOf:
    """What decisions for one of `size` choices have in common."""

    @property
    def num_actions(self):
        return self.size

    def is_valid(self, action):
        return 0 <= action < self.size

    def random(self, rng):
        """Returns a uniformly drawn action."""
        return int(rng.integers(self.size))

    def mutate(self, action, rng):
        """Returns an action uniform over the others; `action` if only one."""
        if self.size == 1:
            return action
        return int((action + 1 + rng.integers(self.size - 1)) % self.size)


@dataclasses.dataclass(frozen=True)
class Categorical(_OneOf):
    """One choice of `size`, by a softmax over learned logits.

    Attributes:
        kind: Name of the shared embedding and head, for instance
            "filter_height".
        size: Number of choices, at least 1.
        anchor: Whether the step leaves an anchor.
        labels: What the choices stand for, `size` plain values, or () for
            their numbers. They play no part in equality.
    """

    kind: str
    size: int
    anchor: bool = False
    labels: tuple = dataclasses.field(default=(), compare=False)

    def __post_init__(self):
        _check_size(self, 1)
        if self.labels and len(self.labels) != self.size:
            raise UsageError(
                f"Expected {self.size} labels for decision '{self.kind}'. "
                f"Received: {self.labels}"
            )

    def choice(self, action):
        """Returns the label of an action, or its number."""
        return self.labels[action] if self.labels else int(action)


@dataclasses.dataclass(frozen=True)
class Pointer(_OneOf):
    """One of the last `size` anchors, by softmax attention.

    Action 0 is the oldest of those anchors.

    Attributes:
        size: Number of anchors to choose from, at least 1.
        anchor: Whether the step leaves an anchor.
        kind: Name of the shared attention weights.
    """

    size: int
    anchor: bool = False
    kind: str = "pointer"

    def __post_init__(self):
        _check_size(self, 1)

    def choice(self, action):
        """Returns the number of the anchor among the `size`."""
        return int(action)


@dataclasses.dataclass(frozen=True)
class Subset:
    """Any subset of the last `size` anchors, by one sigmoid for each.

    The action is a bit mask: bit j stands for the j-th oldest of them. With
    size 0 there is nothing to choose: the action is 0, its log-probability 0,
    and the step only leaves its anchor.

    Attributes:
        size: Number of anchors to choose from, 0 to 62.
        anchor: Whether the step leaves an anchor.
        prior: Probability in (0, 1) a skip connection is wanted with, for
            strategies that penalise the distance to it; None for none.
        kind: Name of the shared attention weights.
    """

    size: int
    anchor: bool = True
    prior: float | None = None
    kind: str = "subset"

    def __post_init__(self):
        _check_size(self, 0)
        if self.size > MAX_SUBSET_SIZE:
            raise UsageError(
                f"Expected a Subset of at most {MAX_SUBSET_SIZE} anchors. "
                f"Received: size={self.size}"
            )

    @property
    def num_actions(self):
        return 2**self.size

    def is_valid(self, action):
        return 0 <= action < self.num_actions

    def random(self, rng):
        """Returns a mask whose bits are fair coins."""
        return int(rng.integers(self.num_actions))

    def mutate(self, action, rng):
        """Returns the mask with one uniformly drawn bit flipped."""
        if self.size == 0:
            return action
        return int(action) ^ (1 << int(rng.integers(self.size)))

    def choice(self, action):
        """Returns the chosen anchors' numbers (0: the oldest), ascending."""
        return tuple(j for j in range(self.size) if action >> j & 1)


def check_actions(decisions, actions):
    """Raises `UsageError` unless `actions` answers a list of decisions.

    Args:
        decisions: Sequence of decisions, length T.
        actions: Sequence of T integers.
    """
    if len(actions) != len(decisions):
        raise UsageError(
            f"Expected {len(decisions)} actions. Received: {len(actions)}"
        )
    for step, (decision, action) in enumerate(zip(decisions, actions)):
        if not decision.is_valid(action):
            raise UsageError(
                f"Expected action {step} ('{decision.kind}') in "
                f"[0, {decision.num_actions}). Received: {action}"
            )


def names(decisions):
    """Returns a name for each decision of a list, such as "filter_width/3".

    The n-th decision of a kind is numbered n. A longer list that begins alike
    has the same names and more.
    """
    counts = collections.Counter()
    found = []
    for decision in decisions:
        counts[decision.kind] += 1
        found.append(f"{decision.kind}/{counts[decision.kind]}")
    return found


def readable(decision, action):
    """Returns what a decision's action stands for: a number, bool or string.

    Anchors are numbered from 1. A subset is a string, "1,2" or "none".
    """
    choice = decision.choice(action)
    if isinstance(decision, Subset):
        return ",".join(str(anchor + 1) for anchor in choice) or "none"
    if isinstance(decision, Pointer):
        return choice + 1
    return choice if isinstance(choice, bool | int | float) else str(choice)


def to_json(decisions):
    """Returns a list of dicts of JSON types, one for each decision.

    What is at its default is left out. A label that is no JSON value becomes
    a string.
    """
    records = []
    for decision in decisions:
        record = {"type": type(decision).__name__}
        for field in dataclasses.fields(decision):
            value = getattr(decision, field.name)
            if field.name == "labels":
                value = [_plain(label) for label in value]
            if value not in (field.default, []):
                record[field.name] = value
        records.append(record)
    return records


def from_json(records):
    """Returns the tuple of decisions that `to_json` wrote.

    Raises:
        UsageError: If it is no such list.
    """
    kinds = {kind.__name__: kind for kind in (Categorical, Pointer, Subset)}
    try:
        return tuple(_from_json(kinds, **record) for record in records)
    except (KeyError, TypeError) as error:
        raise UsageError(
            f"Expected a list of decisions. Received: {records!r:.60} ({error})"
        ) from None


def _from_json(kinds, type, **fields):
    if "labels" in fields:
        fields["labels"] = tuple(
            tuple(label) if isinstance(label, list) else label
            for label in fields["labels"]
        )
    return kinds[type](**fields)


def _plain(label):
    if isinstance(label, tuple):
        return [_plain(item) for item in label]
    good = label is None or isinstance(label, bool | int | float | str)
    return label if good else str(label)


def _check_size(decision, minimum):
    if decision.size < minimum:
        raise UsageError(
            f"Expected size >= {minimum} for decision '{decision.kind}'. "
            f"Received: size={decision.size}"
        )
