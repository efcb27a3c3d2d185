"""Update rules of optimizers (Bello et al. 2017, section 4).

A rule is a sentence of groups. A group takes two operands, applies a function
to each and combines the two results. Its own result is an operand of later
groups: that of the first group is "r1". The result of the last group is the
update u, and a weight w becomes w - learning_rate * u.

Names are written as in formulas. g is the gradient; m, v and gamma are moving
averages of g, g**2 and g**3. "noise" is normal noise, w the weight. "adam" and
"rmsprop" are the updates of these optimizers. See
`nas_tf.optimizers.UpdateRule`.
"""

from __future__ import annotations

import dataclasses
import re
import typing

from nas_tf import checks
from nas_tf.errors import UsageError
from nas_tf.specs import update_rule_formula
from nas_tf.specs.base import Spec
from nas_tf.specs.graph import Graph

OPERANDS = (
    "g",
    "g**2",
    "g**3",
    "m",
    "v",
    "gamma",
    "sign(g)",
    "sign(m)",
    "1",
    "2",
    "noise",
    "1e-4*w",
    "1e-3*w",
    "1e-2*w",
    "1e-1*w",
    "adam",
    "rmsprop",
)
# Those that change with the share t / T of the training: linear, cosine and
# restarting decay, and noise that becomes less. N in cd_N and rd_N is a number
# of periods.
DECAYS = ("ld", "cd_0.5", "cd_10", "cd_20", "rd_1", "rd_10", "rd_20")
ANNEALED = "annealed"
PERIODIC = re.compile(r"(cd|rd)_(\d+(?:\.\d+)?)")

FUNCTIONS = (
    "identity",
    "negative",
    "exp",
    "log_abs",
    "sqrt_abs",
    "clip_1e-5",
    "clip_1e-4",
    "clip_1e-3",
    "drop_0.1",
    "drop_0.3",
    "drop_0.5",
    "sign",
)
# "left" is the first operand alone.
LEFT = "left"
COMBINATIONS = ("add", "subtract", "multiply", "divide", "power", LEFT)
# What is added to a divisor.
DELTA = 1e-8
MAX_GROUPS = 8
LEGEND = (
    "g is the gradient, w a weight; m, v and gamma are moving averages of g, "
    "g**2 and g**3. The weights become w - learning rate * update."
)


@dataclasses.dataclass(frozen=True)
class Group:
    """Two operands, a function of each, and how the two are combined.

    Attributes:
        left: One of `OPERANDS` or `DECAYS`, `ANNEALED`, "cd_N" or "rd_N" with
            a number N > 0, or "rI", the result of the earlier group I.
        right: The same.
        left_function: One of `FUNCTIONS`, applied to `left`.
        right_function: One of `FUNCTIONS`, applied to `right`.
        combination: One of `COMBINATIONS`.
    """

    left: str
    right: str
    left_function: str = "identity"
    right_function: str = "identity"
    combination: str = "multiply"

    def read(self) -> tuple[str, ...]:
        """Returns the operands that have an effect."""
        if self.combination == LEFT:
            return (self.left,)
        return (self.left, self.right)


@dataclasses.dataclass(frozen=True)
class UpdateRuleSpec(Spec):
    """An update rule.

    Attributes:
        groups: Tuple of `Group`, 1 to 8 of them.
        learning_rate: The learning rate that was found for the rule, > 0, or
            None (default) if none was.

    Raises:
        UsageError: If a name is unknown, or a group reads itself or a later
            one.
    """

    groups: tuple[Group, ...]
    learning_rate: float | None = None

    def __post_init__(self):
        good = isinstance(self.groups, tuple) and all(
            isinstance(group, Group) for group in self.groups
        )
        good = good and 1 <= len(self.groups) <= MAX_GROUPS
        checks.check(self, "groups", good, f"1 to {MAX_GROUPS} groups")
        checks.number(self, "learning_rate", above=0, optional=True)
        for number, group in enumerate(self.groups, 1):
            for name in ("left", "right"):
                value = getattr(group, name)
                good = is_operand(value) or _number(value) in range(1, number)
                wanted = f"an operand in group {number} of a rule"
                checks.check(group, name, good, wanted)
            for name in ("left_function", "right_function"):
                checks.one_of(group, name, FUNCTIONS)
            checks.one_of(group, "combination", COMBINATIONS)

    @property
    def alive(self) -> tuple[bool, ...]:
        """Tuple with whether the result of each group has an effect."""
        alive = [False] * len(self.groups)
        alive[-1] = True
        for index in reversed(range(len(self.groups))):
            if alive[index]:
                for operand in self.groups[index].read():
                    if number := _number(operand):
                        alive[number - 1] = True
        return tuple(alive)

    @property
    def operands(self) -> tuple[str, ...]:
        """The operands that have an effect, without results, each once."""
        found = [
            operand
            for group, alive in zip(self.groups, self.alive)
            for operand in (group.read() if alive else ())
            if not _number(operand)
        ]
        return tuple(dict.fromkeys(found))

    @property
    def has_decay(self) -> bool:
        """Whether the update depends on the number of steps of a training."""
        return any(
            operand == "ld" or PERIODIC.fullmatch(operand)
            for operand in self.operands
        )

    def with_learning_rate(self, learning_rate: float) -> UpdateRuleSpec:
        return dataclasses.replace(self, learning_rate=learning_rate)

    def formula(self) -> str:
        """Returns the update as one expression.

        It is also an expression of Python: "exp(sign(g) * sign(m)) * g".
        """
        return update_rule_formula.formula(self)

    def describe(self) -> str:
        if self.learning_rate is None:
            return self.formula()
        return f"{self.formula()}, learning rate {self.learning_rate:g}"

    def lines(self) -> list[str]:
        return update_rule_formula.lines(self)

    def legend(self) -> str:
        return LEGEND

    def graph(self) -> Graph:
        """Returns the operands that are read and the groups that read them."""
        numbers: dict[str, int] = {}
        labels: list[str] = []
        edges: list[tuple[int, int]] = []
        for operand in self.operands:
            numbers[operand] = len(labels)
            labels.append(operand)
        rows = zip(self.groups, self.alive, update_rule_formula.values(self))
        for number, (group, alive, value) in enumerate(rows, 1):
            if not alive:
                continue
            last = number == len(self.groups)
            labels.append(f"{'update' if last else f'r{number}'} = {value}")
            numbers[f"r{number}"] = len(labels) - 1
            for operand in dict.fromkeys(group.read()):
                edges.append((numbers[operand], len(labels) - 1))
        return Graph(tuple(labels), tuple(edges))

    def to_json(self) -> dict:
        record: dict = {
            "groups": [
                list(dataclasses.astuple(group)) for group in self.groups
            ]
        }
        if self.learning_rate is not None:
            record["learning_rate"] = self.learning_rate
        return record

    @classmethod
    def from_json(cls, data: typing.Any) -> UpdateRuleSpec:
        """Returns the spec that `to_json` wrote, or raises `UsageError`."""
        good = isinstance(data, dict) and "groups" in data
        if not good or set(data) - {"groups", "learning_rate"}:
            raise UsageError(
                f"Expected an update rule with groups. Received: {data!r:.100}"
            )
        groups = data["groups"]
        if not isinstance(groups, (list, tuple)) or not all(
            isinstance(group, (list, tuple))
            and len(group) == len(dataclasses.fields(Group))
            and all(isinstance(name, str) for name in group)
            for group in groups
        ):
            raise UsageError(
                f"Expected groups of an update rule as lists of five names. "
                f"Received: {groups!r:.100}"
            )
        return cls(
            tuple(Group(*group) for group in groups), data.get("learning_rate")
        )


def is_operand(name: typing.Any) -> bool:
    """Returns whether a name is an operand other than a group's result."""
    if not isinstance(name, str):
        return False
    if name in OPERANDS or name in ("ld", ANNEALED):
        return True
    match = PERIODIC.fullmatch(name)
    return match is not None and float(match[2]) > 0


def _number(operand):
    """Returns I of the result "rI" of a group, None for other operands."""
    match = re.fullmatch(r"r(\d)", operand) if operand else None
    return int(match[1]) if match else None


def result(number: int) -> str:
    """Returns the name of the result of group `number`, counted from 1."""
    return f"r{number}"


def only(operand: str) -> UpdateRuleSpec:
    """Returns the rule whose update is one operand."""
    return UpdateRuleSpec((Group(operand, operand, combination=LEFT),))


_AGREEMENT = Group("sign(g)", "sign(m)")
# Rules by the names people know them by.
KNOWN = {
    "power_sign": UpdateRuleSpec((_AGREEMENT, Group("r1", "g", "exp"))),
    "add_sign": UpdateRuleSpec(
        (_AGREEMENT, Group("1", "r1", combination="add"), Group("r2", "g"))
    ),
    "sgd": only("g"),
    "momentum": only("m"),
    "adam": only("adam"),
    "rmsprop": only("rmsprop"),
}
