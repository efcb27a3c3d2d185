"""Update rules of optimizers (Bello et al. 2017).

All children have the same network. The controller composes the rule by which it
is trained: for each group two operands, a function of each, and how the two are
combined.
"""

import dataclasses
import functools
import json

import numpy as np

from nas_tf import checks
from nas_tf import registry
from nas_tf.decisions import Categorical
from nas_tf.decisions import action_of
from nas_tf.decisions import check_actions
from nas_tf.errors import UsageError
from nas_tf.recipe import Recipe
from nas_tf.spaces.base import SearchSpace
from nas_tf.specs import update_rule as specs
from nas_tf.specs.update_rule_order import canonical

MAX_GROUPS = 4
# The paper's network: two layers of 32 filters of 3x3, the second reads the
# first.
NETWORK = "conv(num_layers=2, filter_heights=(3,), filter_widths=(3,), \
num_filters=(32,))"
ACTIONS = (0, 1)
FIELDS = ("left", "right", "left_function", "right_function", "combination")


@dataclasses.dataclass(frozen=True)
class UpdateRule(SearchSpace):
    """Sentences of one to four groups; the defaults are the paper's operands.

    A group whose result no later group reads has no effect, so sentences of
    fewer groups are among those of more. The arXiv version's operands that
    change during a training are added by `operands=(..., "ld", "cd_0.5",
    "cd_10", "rd_10", "annealed")`.

    Children are to be judged by the evaluator `tuned`, as rules differ in their
    best learning rate by orders of magnitude.

    Attributes:
        num_groups: Number of groups, 1 to 4. Default: 2.
        operands: Which operands can be chosen, see
            `nas_tf.specs.update_rule.Group`. Default: all that do not need to
            know how long a training is.
        functions: Which functions can be chosen, see
            `nas_tf.specs.update_rule.FUNCTIONS`. Default: all.
        combinations: Which combinations can be chosen, see
            `nas_tf.specs.update_rule.COMBINATIONS`. Default: all.
        network: Call string of the space of the network that is trained.
            Default: that of the paper's network, two layers of 3x3 filters, 32
            each, with batch normalization and ReLU.
        actions: Tuple with the decisions of `network`, as they stand in the
            journal of a search. Default: those of the paper's network.
        bias_correction: See `nas_tf.optimizers.UpdateRule`.
        rescale_dropped: See `nas_tf.optimizers.UpdateRule`.
    """

    num_groups: int = 2
    operands: tuple = specs.OPERANDS
    functions: tuple = specs.FUNCTIONS
    combinations: tuple = specs.COMBINATIONS
    network: str = NETWORK
    actions: tuple = ACTIONS
    bias_correction: bool = True
    rescale_dropped: bool = True

    def __post_init__(self):
        checks.whole(self, "num_groups", maximum=MAX_GROUPS)
        names = self.operands
        good = checks.is_tuple_of_different(names)
        good = good and all(map(specs.is_operand, names))
        wanted = "a tuple of different operands"
        checks.check(self, "operands", good, wanted)
        checks.several_of(self, "functions", specs.FUNCTIONS)
        checks.several_of(self, "combinations", specs.COMBINATIONS)
        checks.text(self, "network")
        checks.boolean(self, "bias_correction", "rescale_dropped")
        whole = isinstance(self.actions, tuple) and all(
            checks.is_whole(action, 0) for action in self.actions
        )
        wanted = "a tuple of whole numbers from 0"
        checks.check(self, "actions", whole, wanted)
        # It checks whether they are decisions of the network.
        self._inner  # noqa: B018

    @functools.cached_property
    def _inner(self):
        """The network's space and spec."""
        space = registry.make("spaces", self.network)
        if len(self.actions) != len(space.decisions):
            raise UsageError(
                f"Expected `actions` with the {len(space.decisions)} decisions "
                f"of network={self.network!r:.100}. Received: {self.actions}"
            )
        return space, space.decode(self.actions)

    @property
    def kinds(self):
        return self._inner[0].kinds

    @property
    def input_ndim(self):
        return self._inner[0].input_ndim

    @property
    def has_auxiliary(self):
        return self._inner[0].has_auxiliary

    def check_task(self, task):
        self._inner[0].check_task(task)

    @functools.cached_property
    def _asked(self):
        """Triples of a group, a field of it and its choices, in order."""
        rows = []
        for group in range(self.num_groups):
            results = tuple(specs.result(n) for n in range(1, group + 1))
            operands = (*self.operands, *results)
            choices = (operands, operands, self.functions, self.functions)
            choices = (*choices, self.combinations)
            rows += [(group, *pair) for pair in zip(FIELDS, choices)]
        return rows

    @functools.cached_property
    def decisions(self):
        return tuple(
            Categorical(_kind(group, field), len(choices), labels=choices)
            for group, field, choices in self._asked
        )

    def decode(self, actions):
        check_actions(self.decisions, actions)
        chosen = [d.choice(a) for d, a in zip(self.decisions, actions)]
        size = len(FIELDS)
        return specs.UpdateRuleSpec(
            tuple(
                specs.Group(*chosen[start : start + size])
                for start in range(0, len(chosen), size)
            )
        )

    def encode(self, spec):
        missing = self.num_groups - len(spec.groups)
        if missing < 0:
            raise UsageError(
                f"Expected a rule of at most {self.num_groups} groups. "
                f"Received: {len(spec.groups)}"
            )
        groups = list(spec.groups)
        for _ in range(missing):
            # A group that passes the result on.
            last = specs.result(len(groups))
            groups.append(specs.Group(last, last, combination=specs.LEFT))
        chosen = [value for g in groups for value in dataclasses.astuple(g)]
        return tuple(map(action_of, self.decisions, chosen))

    def active(self, actions):
        spec = self.decode(actions)
        active = np.array(
            [spec.alive[group] for group, _, _ in self._asked], bool
        )
        for index, (group, field, _) in enumerate(self._asked):
            alone = spec.groups[group].combination == specs.LEFT
            if alone and field.startswith("right"):
                active[index] = False
        return active

    def key(self, actions):
        """Returns the same string for formulas that differ in order only."""
        return json.dumps(canonical(self.decode(actions)))

    def read_spec(self, record):
        return specs.UpdateRuleSpec.from_json(record)

    def build(self, spec, task):
        space, network = self._inner
        return space.build(network, task)

    def build_for_inference(self, spec, task):
        space, network = self._inner
        return space.build_for_inference(network, task)

    def cost(self, spec, task):
        space, network = self._inner
        return space.cost(network, task)

    def num_activations(self, spec, task):
        space, network = self._inner
        return space.num_activations(network, task)

    def recipe(self, spec):
        space, network = self._inner

        def optimizer(rate, num_steps=None):
            from nas_tf.optimizers import UpdateRule as Optimizer

            return Optimizer(
                spec,
                rate,
                decay_steps=num_steps,
                bias_correction=self.bias_correction,
                rescale_dropped=self.rescale_dropped,
            )

        rate = spec.learning_rate or space.recipe(network).learning_rate
        return Recipe(rate, optimizer, counts_steps=spec.has_decay)


def _kind(group, field):
    # Operands of a later group are more, by the results of earlier ones.
    if field in ("left", "right"):
        return f"operand_of_{group + 1}"
    return "combination" if field == "combination" else "function"


make = UpdateRule
