"""The three types of decision that make up a search space.

A decision has `num_actions` possible actions, numbered from 0. The chosen
action is one integer, whatever the type, so an architecture is a tuple of
integers.

The controller's weights belong to a decision's `kind`, not to its position in
the list: the sixth "filter_height" shares its embedding and its output layer
with the first. A longer list of decisions therefore needs no new weights.

Some decisions leave an anchor: the controller's hidden state at that step.
Later `Pointer` and `Subset` decisions choose among anchors by attention.
Anchors are numbered from 0 in the order of their steps.
"""

from __future__ import annotations

import collections
import dataclasses
import typing
from collections.abc import Sequence

from nas_tf import checks
from nas_tf.errors import UsageError
from nas_tf.reading import shown

if typing.TYPE_CHECKING:
    import numpy as np

# Bit masks are stored in int64 arrays. One bit is needed for the sign and one
# for the number of masks, 2**size.
MAX_SUBSET_SIZE = 62


class _OneOf:
    """A decision for one of `size` choices."""

    size: int

    @property
    def num_actions(self) -> int:
        return self.size

    def is_valid(self, action: int) -> bool:
        return 0 <= action < self.size

    def random(self, rng: np.random.Generator) -> int:
        """Returns a random action with uniform probabilities."""
        return int(rng.integers(self.size))

    def mutate(self, action: int, rng: np.random.Generator) -> int:
        """Returns a random other action, or `action` if there is no other."""
        if self.size == 1:
            return action
        return int((action + 1 + rng.integers(self.size - 1)) % self.size)


@dataclasses.dataclass(frozen=True)
class Categorical(_OneOf):
    """One of `size` choices, with a softmax over learned logits.

    Attributes:
        kind: Name of the shared embedding and output layer, for instance
            "filter_height".
        size: Number of choices, at least 1.
        anchor: Whether the step leaves an anchor.
        labels: The `size` values that the choices stand for, or () for their
            numbers. They are ignored when decisions are compared.
    """

    kind: str
    size: int
    anchor: bool = False
    labels: tuple = dataclasses.field(default=(), compare=False)

    def __post_init__(self):
        _check_size(self, 1)
        # Labels may be a list, or an array of NumPy.
        labels = self.labels
        labels = labels.tolist() if hasattr(labels, "tolist") else labels
        object.__setattr__(self, "labels", checks.plain(tuple(labels)))
        if self.labels and len(self.labels) != self.size:
            raise UsageError(
                f"Expected {self.size} labels for decision '{self.kind}'. "
                f"Received: {self.labels}"
            )

    def choice(self, action: int) -> typing.Any:
        """Returns the label of an action, or its number without labels."""
        return self.labels[action] if self.labels else int(action)


@dataclasses.dataclass(frozen=True)
class Pointer(_OneOf):
    """One of the last `size` anchors, with a softmax over attention scores.

    Action 0 is the oldest of these anchors.

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

    def choice(self, action: int) -> int:
        """Returns the number of the anchor among the last `size`."""
        return int(action)


@dataclasses.dataclass(frozen=True)
class Subset:
    """Any subset of the last `size` anchors, with one sigmoid per anchor.

    The action is a bit mask: bit j stands for the j-th oldest of these anchors.
    With size 0 there is nothing to choose: the action and its log-probability
    are 0, and the step only leaves its anchor.

    Attributes:
        size: Number of anchors to choose from, 0 to 62.
        anchor: Whether the step leaves an anchor.
        prior: Desired probability of each anchor, in (0, 1), for strategies
            that penalise deviations from it; None (default) for none.
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
    def num_actions(self) -> int:
        return 2**self.size

    def is_valid(self, action: int) -> bool:
        return 0 <= action < self.num_actions

    def random(self, rng: np.random.Generator) -> int:
        """Returns a random mask; each bit is set with probability 1/2."""
        return int(rng.integers(self.num_actions))

    def mutate(self, action: int, rng: np.random.Generator) -> int:
        """Returns the mask with one random bit flipped."""
        if self.size == 0:
            return action
        return int(action) ^ (1 << int(rng.integers(self.size)))

    def choice(self, action: int) -> tuple[int, ...]:
        """Returns the chosen anchors as ascending numbers; 0 is the oldest."""
        return tuple(j for j in range(self.size) if action >> j & 1)


Decision = Categorical | Pointer | Subset


def check_actions(
    decisions: Sequence[Decision], actions: Sequence[int]
) -> None:
    """Raises `UsageError` unless `actions` are valid for a list of decisions.

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


def action_of(decision: Decision, choice: typing.Any) -> int:
    """Returns the action whose `choice` is a given one.

    Args:
        decision: A decision.
        choice: What the decision's `choice` returns for that action.

    Raises:
        UsageError: If it is none of the decision's choices.
    """
    if isinstance(decision, Subset):
        anchors = choice if isinstance(choice, tuple) else ()
        mask = sum(1 << j for j in range(decision.size) if j in anchors)
        if decision.choice(mask) == choice:
            return mask
    else:
        choices = [decision.choice(a) for a in range(decision.num_actions)]
        if choice in choices:
            return choices.index(choice)
    raise UsageError(
        f"Expected a choice of the decision '{decision.kind}'. Received: "
        f"{choice!r}"
    )


def names(decisions: Sequence[Decision]) -> list[str]:
    """Returns a name for each decision of a list, such as "filter_width/3".

    The n-th decision of a kind has the number n. If a list is continued, the
    names of its first decisions stay the same.
    """
    counts: collections.Counter[str] = collections.Counter()
    found = []
    for decision in decisions:
        counts[decision.kind] += 1
        found.append(f"{decision.kind}/{counts[decision.kind]}")
    return found


def readable(decision: Decision, action: int) -> bool | int | float | str:
    """Returns the meaning of an action as a number, bool or string.

    Here anchors are numbered from 1. A subset is a string such as "1,2" or
    "none".
    """
    if isinstance(decision, Subset):
        anchors = decision.choice(action)
        return ",".join(str(anchor + 1) for anchor in anchors) or "none"
    if isinstance(decision, Pointer):
        return decision.choice(action) + 1
    choice = decision.choice(action)
    return choice if isinstance(choice, bool | int | float) else str(choice)


def to_json(decisions: Sequence[Decision]) -> list[dict]:
    """Returns a list of dicts of JSON types, one per decision.

    Attributes with default values are left out. A label that is not a JSON
    value becomes a string.
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


def from_json(records: list[dict]) -> tuple[Decision, ...]:
    """Returns the tuple of decisions that `to_json` wrote.

    Raises:
        UsageError: If `records` is not such a list.
    """
    if not isinstance(records, list):
        raise UsageError(
            f"Expected a list of decisions. Received: {shown(records)}"
        )
    return tuple(map(_from_json, records))


def _from_json(record):
    kinds = {kind.__name__: kind for kind in (Categorical, Pointer, Subset)}
    try:
        fields = dict(record)
        kind = kinds[fields.pop("type")]
        _check_fields(fields)
        if "labels" in fields:
            fields["labels"] = tuple(map(_label, fields["labels"]))
        return kind(**fields)
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(
            f"Expected a list of decisions. Received one that is none: "
            f"{shown(record)} ({error})"
        ) from None


def _check_fields(fields):
    checks.whole(fields, "size", minimum=0)
    known = {"anchor": True, "kind": "", "prior": None, "labels": [], **fields}
    checks.boolean(known, "anchor")
    checks.text(known, "kind")
    checks.number(known, "prior", above=0, below=1, optional=True)
    good = isinstance(known["labels"], list)
    checks.check(known, "labels", good, "a list")


def _label(label):
    return tuple(map(_label, label)) if isinstance(label, list) else label


def _plain(label):
    if isinstance(label, tuple):
        return [_plain(item) for item in label]
    good = label is None or isinstance(label, bool | int | float | str)
    return label if good else str(label)


def _check_size(decision, minimum):
    # NumPy's numbers become Python's, as records need them.
    for name in ("size", "anchor"):
        value = checks.plain(getattr(decision, name))
        object.__setattr__(decision, name, value)
    if decision.size < minimum:
        raise UsageError(
            f"Expected size >= {minimum} for decision '{decision.kind}'. "
            f"Received: size={decision.size}"
        )
