"""Recurrent cells as trees (Zoph & Le 2017, section 3.4).

For each node of a binary tree the controller chooses how the node combines the
two below it, and its activation. It then chooses how the previous cell state is
combined with a node, which node that is, and which node gives the new cell
state.
"""

import dataclasses
import functools
import json

from nas_tf import checks
from nas_tf import limits
from nas_tf import registry
from nas_tf.decisions import Categorical
from nas_tf.decisions import action_of
from nas_tf.decisions import check_actions
from nas_tf.errors import UsageError
from nas_tf.spaces.cells import CellSpace
from nas_tf.specs import tree as specs
from nas_tf.specs.cost import CellSize
from nas_tf.specs.tree_order import ordered

# Options of the skeleton that earlier versions had in the space.
MOVED = (
    "params",
    "units",
    "num_layers",
    "shared_embeddings",
    "embedding_dropout",
    "input_dropout",
    "recurrent_dropout",
    "output_dropout",
    "init_range",
)


@dataclasses.dataclass(frozen=True)
class Tree(CellSpace):
    """The paper's space of recurrent cells.

    The enlarged space of section 4.2 is `combinations=("add", "elem_mult",
    "max"), activations=("identity", "tanh", "sigmoid", "relu", "sin")`.

    There is no decision where there is a single choice.

    Attributes:
        base: Number of leaves, at least 2.
        combinations: Choices of "add", "elem_mult" and "max".
        activations: Choices of "identity", "tanh", "sigmoid", "relu", "sin".
        use_bias: Whether each leaf has a bias.
        skeleton: Call string of the model around the cell, see
            `nas_tf.skeletons`. Default: "language_model", which has 20
            million parameters.
    """

    base: int = 8
    combinations: tuple = specs.COMBINATIONS
    activations: tuple = specs.ACTIVATIONS
    use_bias: bool = False
    skeleton: str = "language_model"

    def __post_init__(self):
        checks.whole(self, "base", minimum=2, maximum=limits.LAYERS)
        checks.several_of(self, "combinations", specs.ALL_COMBINATIONS)
        checks.several_of(self, "activations", specs.ALL_ACTIVATIONS)
        checks.boolean(self, "use_bias")
        super().__post_init__()

    @functools.cached_property
    def decisions(self):
        nodes = 2 * self.base - 1
        functions = [
            Categorical(kind, len(choices), labels=choices)
            for kind, choices in self._choices.items()
            if len(choices) > 1
        ]
        return (
            *functions * (nodes + 1),
            Categorical("cell_index", nodes, labels=tuple(range(nodes))),
            Categorical("inject_index", nodes, labels=tuple(range(nodes))),
        )

    @property
    def _choices(self):
        return {
            "combination": self.combinations,
            "activation": self.activations,
        }

    def decode(self, actions):
        check_actions(self.decisions, actions)
        chosen = {
            kind: [
                decision.choice(action)
                for decision, action in zip(self.decisions, actions)
                if decision.kind == kind
            ]
            # Without a decision all nodes have the only choice.
            or [choices[0]] * (2 * self.base)
            for kind, choices in self._choices.items()
        }
        *nodes, inject = zip(*chosen.values())
        cell_index, inject_index = (
            decision.choice(action)
            for decision, action in zip(self.decisions[-2:], actions[-2:])
        )
        return specs.TreeSpec(tuple(nodes), inject, inject_index, cell_index)

    def encode(self, spec):
        has_choice = [len(choices) > 1 for choices in self._choices.values()]
        chosen = [
            name
            for functions in (*spec.nodes, spec.inject)
            for name, asked in zip(functions, has_choice)
            if asked
        ]
        chosen += [spec.cell_index, spec.inject_index]
        return tuple(map(action_of, self.decisions, chosen))

    def key(self, actions):
        """Returns the same string for cells with exchanged branches."""
        spec = ordered(self.decode(actions))
        return json.dumps(spec.to_json(), sort_keys=True)

    def read_spec(self, record):
        return specs.TreeSpec.from_json(record)

    @property
    def sizes(self):
        return (self._size(self.base),)

    def size_of(self, spec):
        return self._size(spec.base)

    def _size(self, base):
        return CellSize(base, base if self.use_bias else 0)

    def make_layer(self, spec, units, initializer, recurrent_dropout):
        from nas_tf.layers.tree_cell import TreeCell
        from nas_tf.layers.tree_rnn import TreeRNN

        cell = TreeCell(
            spec,
            units,
            use_bias=self.use_bias,
            kernel_initializer=initializer(),
            recurrent_initializer=initializer(),
            recurrent_dropout=recurrent_dropout,
        )
        return TreeRNN(cell, return_sequences=True, return_state=True)


def upgraded(arguments):
    """Returns the arguments of `make` for those of an earlier version.

    Earlier versions had the options of the language model in the space, as in
    `tree(base=4, units=64)`. They are options of the skeleton now.

    Args:
        arguments: Dict of arguments.

    Raises:
        UsageError: If there are such options and a skeleton.
    """
    moved = {k: v for k, v in arguments.items() if k in MOVED}
    if not moved:
        return arguments
    if "skeleton" in arguments:
        raise UsageError(
            f"Expected options of the language model within `skeleton`. "
            f"Received: {', '.join(moved)} beside it"
        )
    kept = {k: v for k, v in arguments.items() if k not in MOVED}
    return {**kept, "skeleton": registry.render("language_model", moved)}


make = Tree
