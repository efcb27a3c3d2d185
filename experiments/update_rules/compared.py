"""Known optimizers and found update rules beside each other, as a space.

The only decision is which of them trains the network.
"""

import dataclasses
import functools

from nas_tf import registry
from nas_tf.decisions import Categorical
from nas_tf.recipe import Recipe
from nas_tf.spaces.base import SearchSpace
from nas_tf.specs.update_rule import UpdateRuleSpec

KNOWN = ("power_sign", "add_sign", "adam", "momentum", "rmsprop", "lion")


def optimizer(name, rate):
    """Returns the optimizer of a name in `KNOWN` with its usual arguments."""
    import keras

    from nas_tf import optimizers

    if name == "power_sign":
        return optimizers.PowerSign(rate)
    if name == "add_sign":
        return optimizers.AddSign(rate)
    if name == "adam":
        return keras.optimizers.Adam(rate)
    if name == "rmsprop":
        return keras.optimizers.RMSprop(rate)
    if name == "lion":
        return keras.optimizers.Lion(rate)
    return keras.optimizers.SGD(rate, momentum=0.9)


@dataclasses.dataclass(frozen=True)
class Compared(SearchSpace):
    """The optimizers of `KNOWN`, and rules.

    Attributes:
        found: Tuple of the found rules' groups, each a tuple of five names.
        network: See `nas_tf.spaces.update_rule.UpdateRule`.
        actions: See `UpdateRule`.
    """

    found: tuple
    network: str
    actions: tuple

    @property
    def decisions(self):
        names = (*KNOWN, *map(str, range(len(self.found))))
        return (Categorical("optimizer", len(names), labels=names),)

    @functools.cached_property
    def _rules(self):
        return registry.make(
            "spaces",
            registry.render(
                "update_rule",
                {
                    "num_groups": 4,
                    "network": self.network,
                    "actions": self.actions,
                },
            ),
        )

    def rule(self, number):
        """Returns the `UpdateRuleSpec` of a found rule."""
        groups = [list(group) for group in self.found[number]]
        return UpdateRuleSpec.from_json({"groups": groups})

    def build(self, spec, task):
        return self._rules.build(None, task)

    def cost(self, spec, task):
        return self._rules.cost(None, task)

    def recipe(self, spec):
        [name] = spec.choices
        if name in KNOWN:
            return Recipe(optimizer=functools.partial(optimizer, name))
        return self._rules.recipe(self.rule(int(name)))


make = Compared
