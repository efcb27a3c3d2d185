"""Recurrent cells as trees (Zoph & Le 2017, section 3.4).

For each node of a binary tree the controller says how it combines what is
below and which activation follows, then how the last cell state joins in, and
at which two nodes the cell state is left and joins.
"""

import dataclasses
import functools
import json

from nas_tf.checks import check
from nas_tf.checks import is_number
from nas_tf.checks import is_whole
from nas_tf.decisions import Categorical
from nas_tf.decisions import check_actions
from nas_tf.errors import UsageError
from nas_tf.spaces.base import SearchSpace
from nas_tf.specs import tree as specs
from nas_tf.specs.cost import Cost
from nas_tf.specs.tree_order import ordered

# The medium size of section 4.2.
PARAMS = 20_000_000


@dataclasses.dataclass(frozen=True)
class Tree(SearchSpace):
    """The paper's space of recurrent cells, in a language model.

    The enlarged space of section 4.2 is `combinations=("add", "elem_mult",
    "max"), activations=("identity", "tanh", "sigmoid", "relu", "sin")`.

    A decision with a single choice is fixed and not asked.

    Attributes:
        base: Number of leaves, at least 2.
        combinations: Choices of "add", "elem_mult" and "max".
        activations: Choices of "identity", "tanh", "sigmoid", "relu", "sin".
        params: Number of parameters of a child, to which its units are
            chosen as near as they come. None for 20 million, unless there
            are `units`.
        units: Size of a cell's output, at least 1, in place of `params`.
        num_layers: Number of recurrent layers, at least 1.
        shared_embeddings: As the four after it, see `LanguageModel`.
        embedding_dropout: In [0, 1).
        input_dropout: In [0, 1).
        recurrent_dropout: Share of the last output that a cell does not
            read, the same elements at all steps of a sequence, in [0, 1).
        output_dropout: In [0, 1).
        init_range: All weights begin uniform between minus this and this,
            > 0; biases begin as 0.
        use_bias: Whether each leaf has a bias.
    """

    base: int = 8
    combinations: tuple = specs.COMBINATIONS
    activations: tuple = specs.ACTIVATIONS
    params: int | None = None
    units: int | None = None
    num_layers: int = 2
    shared_embeddings: bool = False
    embedding_dropout: float = 0.0
    input_dropout: float = 0.0
    recurrent_dropout: float = 0.0
    output_dropout: float = 0.0
    init_range: float = 0.05
    use_bias: bool = False

    def __post_init__(self):
        good = is_whole(self.base, minimum=2)
        check(self, "base", good, "a whole number from 2")
        for name, known in (
            ("combinations", specs.ALL_COMBINATIONS),
            ("activations", specs.ALL_ACTIVATIONS),
        ):
            value = getattr(self, name)
            good = isinstance(value, tuple) and len(value) > 0
            good = good and all(value.count(item) == 1 for item in value)
            good = good and all(item in known for item in value)
            check(self, name, good, f"a tuple of different ones of {known}")
        for name in ("params", "units"):
            value = getattr(self, name)
            good = value is None or is_whole(value)
            check(self, name, good, "None or a whole number from 1")
        if self.params is not None and self.units is not None:
            raise UsageError(
                "Expected one of `params` and `units`. Received: "
                f"params={self.params}, units={self.units}"
            )
        good = is_whole(self.num_layers)
        check(self, "num_layers", good, "a whole number from 1")
        for name in ("shared_embeddings", "use_bias"):
            good = isinstance(getattr(self, name), bool)
            check(self, name, good, "True or False")
        for name in (
            "embedding_dropout",
            "input_dropout",
            "recurrent_dropout",
            "output_dropout",
        ):
            value = getattr(self, name)
            check(self, name, is_number(value) and 0 <= value < 1, "in [0, 1)")
        good = is_number(self.init_range) and self.init_range > 0
        check(self, "init_range", good, "> 0")

    def check_task(self, task):
        if task.input_dtype != "int32":
            raise UsageError(
                "Expected a task of text for the space 'tree', such as "
                f"pydoc_topics. Received: {type(task).__name__}"
            )
        self.units_of(task)

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
            # What is not asked is the same for all.
            or [choices[0]] * (2 * self.base)
            for kind, choices in self._choices.items()
        }
        *nodes, inject = zip(*chosen.values())
        cell_index, inject_index = (
            decision.choice(action)
            for decision, action in zip(self.decisions[-2:], actions[-2:])
        )
        return specs.TreeSpec(tuple(nodes), inject, inject_index, cell_index)

    def key(self, actions):
        """Returns the same string for cells that are mirror images."""
        spec = ordered(self.decode(actions))
        return json.dumps(spec.to_json(), sort_keys=True)

    def units_of(self, task):
        """Returns the size of a cell's output in a child for a task.

        Raises:
            UsageError: If no child is as small as `params`.
        """
        if self.units is not None:
            return self.units
        return _units(self, task.num_outputs)

    def read_spec(self, record):
        return specs.TreeSpec.from_json(record)

    def build(self, spec, task):
        """Returns a `LanguageModel` of the task's `num_outputs` symbols."""
        from nas_tf.children.language_model import LanguageModel
        from nas_tf.layers.tree_cell import TreeCell
        from nas_tf.layers.tree_rnn import TreeRNN

        units = self.units_of(task)
        layers = []
        for _ in range(self.num_layers):
            cell = TreeCell(
                spec,
                units,
                use_bias=self.use_bias,
                kernel_initializer=self._uniform(),
                recurrent_initializer=self._uniform(),
                recurrent_dropout=self.recurrent_dropout,
            )
            layers.append(
                TreeRNN(cell, return_sequences=True, return_state=True)
            )
        return LanguageModel(
            layers,
            task.num_outputs,
            shared_embeddings=self.shared_embeddings,
            embedding_dropout=self.embedding_dropout,
            input_dropout=self.input_dropout,
            output_dropout=self.output_dropout,
            init_range=self.init_range,
        )

    def _uniform(self):
        """Returns a new initialiser: one gives equal shapes equal values."""
        import keras

        # Its seed is the next of those that Keras's global seed leads to.
        return keras.initializers.RandomUniform(
            -self.init_range, self.init_range
        )

    def cost(self, spec, task):
        """Returns the cost of one symbol read; an embedding is looked up."""
        return _cost(self, task.num_outputs, self.units_of(task))


@functools.lru_cache(maxsize=16)
def _units(space, num_symbols):
    from nas_tf.children.sizes import units_for

    return units_for(
        PARAMS if space.params is None else space.params,
        lambda units: _cost(space, num_symbols, units).params,
    )


def _cost(space, num_symbols, units):
    from nas_tf.children import sizes

    size = {
        "num_layers": space.num_layers,
        "num_symbols": num_symbols,
        "leaves": space.base,
    }
    return Cost(
        sizes.num_params(
            units,
            **size,
            shared_embeddings=space.shared_embeddings,
            use_bias=space.use_bias,
        ),
        sizes.num_multiply_adds(units, **size),
    )


make = Tree
