"""Fully connected networks, for columns of data and other numbers.

A network is decided layer by layer: how many units a layer has, its activation,
and whether it reads the inputs again. It is not for pictures of many pixels.
"""

import dataclasses
import functools
import math

import numpy as np

from nas_tf import checks
from nas_tf import limits
from nas_tf.decisions import Categorical
from nas_tf.decisions import action_of
from nas_tf.decisions import check_actions
from nas_tf.spaces.base import OF_ARRAYS
from nas_tf.spaces.base import SearchSpace
from nas_tf.spaces.base import outputs_of
from nas_tf.specs import dense_net as specs

# The first decisions of a network, and those of each layer.
_DROPOUT = "dropout"
_DEPTH = "depth"
_UNITS = "units"
_ACTIVATION = "activation"
_SKIP = "skip"


@dataclasses.dataclass(frozen=True)
class Dense(SearchSpace):
    """Networks of one to `num_layers` layers and a layer of outputs.

    There is no decision where there is a single choice.

    Attributes:
        num_layers: Largest number of layers, at least 1.
        units: Choices of the number of units of a layer.
        activations: Choices of a layer's activation, see
            `nas_tf.specs.dense_net.ACTIVATIONS`.
        dropouts: Choices of the share of units that is dropped in training,
            one for all layers, each in [0, 1).
        skip_connections: Whether there are decisions about which layers read
            the network's inputs again. If not, only the first does.
        batch_norm: Whether layers are normalized by batches. It makes one
            learning rate suit networks of any depth.
    """

    num_layers: int = 4
    units: tuple = (16, 32, 64, 128, 256)
    activations: tuple = ("relu", "gelu", "tanh")
    dropouts: tuple = (0.0, 0.1, 0.3)
    skip_connections: bool = True
    batch_norm: bool = True

    kinds = OF_ARRAYS

    def __post_init__(self):
        checks.whole(self, "num_layers", maximum=limits.LAYERS)
        checks.several_whole(self, "units", maximum=limits.WIDTH)
        checks.several_of(self, "activations", specs.ACTIVATIONS)
        shares = self.dropouts
        good = checks.is_tuple_of_different(shares) and all(
            checks.is_number(share) and 0 <= share < 1 for share in shares
        )
        wanted = "a tuple of different numbers in [0, 1)"
        checks.check(self, "dropouts", good, wanted)
        checks.boolean(self, "skip_connections", "batch_norm")

    @functools.cached_property
    def _all(self):
        """Triples `(layer, decision, choices)`; layer 0 is the network."""
        depths = tuple(range(1, self.num_layers + 1))
        skips = (False, True) if self.skip_connections else (False,)
        rows = [(0, _DROPOUT, self.dropouts), (0, _DEPTH, depths)]
        for layer in depths:
            rows.append((layer, _UNITS, self.units))
            rows.append((layer, _ACTIVATION, self.activations))
            rows.append((layer, _SKIP, skips if layer > 1 else (False,)))
        return rows

    @functools.cached_property
    def _asked(self):
        return [row for row in self._all if len(row[2]) > 1]

    @functools.cached_property
    def decisions(self):
        return tuple(
            Categorical(kind, len(choices), labels=choices)
            for _, kind, choices in self._asked
        )

    def decode(self, actions):
        check_actions(self.decisions, actions)
        chosen = {(layer, kind): c[0] for layer, kind, c in self._all}
        for (layer, kind, _), decision, action in zip(
            self._asked, self.decisions, actions
        ):
            chosen[layer, kind] = decision.choice(action)
        depth = self.num_layers if self.num_layers == 1 else chosen[0, _DEPTH]
        layers = tuple(
            specs.DenseLayer(
                chosen[layer, _UNITS],
                chosen[layer, _ACTIVATION],
                chosen[layer, _SKIP],
            )
            for layer in range(1, depth + 1)
        )
        return specs.DenseNetSpec(layers, float(chosen[0, _DROPOUT]))

    def encode(self, spec):
        chosen = {(0, _DROPOUT): spec.dropout, (0, _DEPTH): len(spec.layers)}
        for number, layer in enumerate(spec.layers, 1):
            chosen[number, _UNITS] = layer.units
            chosen[number, _ACTIVATION] = layer.activation
            chosen[number, _SKIP] = layer.skip
        return tuple(
            action_of(decision, chosen[layer, kind])
            if (layer, kind) in chosen
            else 0
            for (layer, kind, _), decision in zip(self._asked, self.decisions)
        )

    def active(self, actions):
        depth = len(self.decode(actions).layers)
        return np.array([layer <= depth for layer, *_ in self._asked])

    def read_spec(self, record):
        return specs.DenseNetSpec.from_json(record)

    def build(self, spec, task):
        from nas_tf.children.dense_net import dense_net

        return dense_net(
            spec,
            task.inputs,
            task.num_outputs,
            batch_norm=self.batch_norm,
            **outputs_of(task),
        )

    def cost(self, spec, task):
        return spec.cost(
            _features(task.inputs), task.num_outputs, self.batch_norm
        )


def _features(inputs):
    """Returns the number of numbers of one example."""
    if isinstance(inputs, dict):
        inputs = tuple(inputs.values())
    if isinstance(inputs[1], str):
        return math.prod(inputs[0])
    return sum(math.prod(shape) for shape, _ in inputs)


make = Dense
