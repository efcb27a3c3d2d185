"""ENAS's recurrent cells: nodes that each read one earlier node.

Pham et al. 2018, "Efficient Neural Architecture Search via Parameter Sharing",
section 2.1. For each node the controller chooses by attention which earlier
node it reads, and one of four activations.
"""

import dataclasses
import functools
import json

from nas_tf import checks
from nas_tf.decisions import Categorical
from nas_tf.decisions import Pointer
from nas_tf.decisions import action_of
from nas_tf.decisions import check_actions
from nas_tf.errors import UsageError
from nas_tf.spaces.cells import CellSpace
from nas_tf.specs import enas_cell as specs
from nas_tf.specs.cost import CellSize


@dataclasses.dataclass(frozen=True)
class ENASRecurrent(CellSpace):
    """Highway cells of some nodes; the defaults are the paper's.

    Attributes:
        num_nodes: Number of nodes N, 1 to 62. Default: 12.
        activations: Choices of "tanh", "relu", "identity", "sigmoid". Default:
            all four.
        skeleton: Call string of the model around the cell, see
            `nas_tf.skeletons`. Default: one layer whose embedding is the
            softmax's, with 24 million parameters, as in the paper.
    """

    num_nodes: int = 12
    activations: tuple = specs.ACTIVATIONS
    skeleton: str = (
        "language_model(params=24_000_000, num_layers=1, "
        "shared_embeddings=True, init_range=0.1)"
    )

    def __post_init__(self):
        checks.whole(self, "num_nodes", maximum=62)
        checks.several_of(self, "activations", specs.ACTIVATIONS)
        super().__post_init__()

    @functools.cached_property
    def decisions(self):
        activation = Categorical(
            "activation",
            len(self.activations),
            anchor=True,
            labels=self.activations,
        )
        decisions = [activation]
        for node in range(1, self.num_nodes):
            # An anchor is the state in which a node's activation was chosen.
            decisions += [Pointer(node, kind="previous"), activation]
        return tuple(decisions)

    def decode(self, actions):
        check_actions(self.decisions, actions)
        chosen = [d.choice(a) for d, a in zip(self.decisions, actions)]
        return specs.ENASCellSpec(tuple(chosen[::2]), tuple(chosen[1::2]))

    def encode(self, spec):
        if spec.num_nodes != self.num_nodes:
            raise UsageError(
                f"Expected a cell of {self.num_nodes} nodes. Received: "
                f"{spec.num_nodes}"
            )
        chosen = [spec.activations[0]]
        for pair in zip(spec.previous, spec.activations[1:]):
            chosen.extend(pair)
        return tuple(map(action_of, self.decisions, chosen))

    def key(self, actions):
        """Returns the same string for cells whose nodes differ in number."""
        return json.dumps(self.decode(actions).canonical())

    def read_spec(self, record):
        return specs.ENASCellSpec.from_json(record)

    @property
    def sizes(self):
        return (_size(self.num_nodes),)

    def size_of(self, spec):
        return _size(spec.num_nodes)

    def make_layer(self, spec, units, initializer, recurrent_dropout):
        from nas_tf.layers.enas_cell import ENASCell
        from nas_tf.layers.enas_rnn import ENASRNN

        cell = ENASCell(
            units,
            spec,
            kernel_initializer=initializer(),
            recurrent_initializer=initializer(),
            recurrent_dropout=recurrent_dropout,
        )
        return ENASRNN(cell, return_sequences=True, return_state=True)

    def build_shared(self, task, mixed=False):
        """Returns the model of all cells; see `SearchSpace`.

        Args:
            task: `Task`.
            mixed: Not supported.
        """
        if mixed:
            raise UsageError(
                f"Expected a space whose choices can be mixed, such as "
                f"'nasbench201'. Received: '{self._name}'"
            )
        from nas_tf.layers.shared_enas_rnn import SharedENASRNN

        def make_layer(units, initializer, recurrent_dropout):
            return SharedENASRNN(
                units,
                self.num_nodes,
                self.activations,
                kernel_initializer=initializer(),
                recurrent_initializer=initializer,
                recurrent_dropout=recurrent_dropout,
            )

        return self.network.build(
            make_layer, _size(self.num_nodes), task, shared=True
        )

    def build_for_sharing(self, spec, task):
        """Returns the model whose weights are a part of the shared ones."""
        return self.build(spec, task)

    def copy_shared(self, shared, actions, model):
        shared.copy_to(model, self.decode(actions))


def _size(num_nodes):
    # Node 0 reads input and output, each other node one node; all have a gate.
    return CellSize(pairs=2, recurrent=2 * (num_nodes - 1))


make = ENASRecurrent
