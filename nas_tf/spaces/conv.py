"""Convolutional networks, layer by layer (Zoph & Le 2017, section 3.3).

For each layer the controller chooses the height, the width and the number of
filters, and by attention over the earlier layers which of them it reads.
"""

import dataclasses
import functools

import numpy as np

from nas_tf import checks
from nas_tf import limits
from nas_tf.decisions import Categorical
from nas_tf.decisions import Subset
from nas_tf.decisions import action_of
from nas_tf.decisions import check_actions
from nas_tf.recipe import Recipe
from nas_tf.spaces.base import OF_ARRAYS
from nas_tf.spaces.base import SearchSpace
from nas_tf.spaces.base import outputs_of
from nas_tf.specs import conv_layer
from nas_tf.specs import conv_net as specs
from nas_tf.specs.stem import Stem

# The decisions that have an effect on each kind of layer, besides skips.
SHAPING = {
    conv_layer.CONV: {
        "filter_height",
        "filter_width",
        "stride_height",
        "stride_width",
        "num_filters",
    },
    conv_layer.MAX_POOL: {
        "filter_height",
        "filter_width",
        "stride_height",
        "stride_width",
    },
    conv_layer.LCN: {"filter_height", "filter_width"},
}
LEARNING_RATE = "learning_rate"


@dataclasses.dataclass(frozen=True)
class Conv(SearchSpace):
    """The paper's space of image classifiers.

    The default arguments are those of its network v1. For v2 they are
    `num_layers=20, strides=(1, 2, 3)`, for v3 `num_layers=13, block_size=3,
    num_filters=(6, 12, 24, 36), pool_after=(13, 24)`.

    There is no decision where there is a single choice.

    Attributes:
        num_layers: Largest number of layers, or of blocks if `block_size` is
            larger than 1; at least 1.
        filter_heights: Choices of the height of filters, in pixels.
        filter_widths: Choices of their width, in pixels.
        num_filters: Choices of their number.
        strides: Choices of the stride in each direction, in pixels.
        skip_connections: Whether there are decisions about which layers a
            layer reads. If not, it reads the previous layer.
        block_size: Number of layers that the decisions about one layer stand
            for. These layers are densely connected: each reads the inputs of
            the block and the earlier layers of the block, and a layer that
            reads the block reads all of its layers.
        pool_after: Numbers of the layers followed by 2x2 max pooling; see
            `ConvNetSpec`.
        start_layers: Number of layers at the start of a search, or None
            (default) for `num_layers`.
        grow_by: Number of layers by which the depth grows.
        grow_every: Number of architectures proposed between two growths.
        layer_types: Choices of "conv", "max_pool" and "lcn".
        learning_rates: Choices of the learning rate to train a child with, or
            () (default) for the task's.
        batch_norm_momentum: See `nas_tf.children.blocks.Blocks`.
        batch_norm_epsilon: See `nas_tf.children.blocks.Blocks`.
        largest_map: Largest height and width of what the first layer reads, at
            least 1 pixel. A larger picture is halved, as often as it takes, by
            a `nas_tf.specs.stem.Stem` of `min(num_filters)` filters. None for
            no stem. Default: 32, the size of the paper's pictures.
    """

    num_layers: int = 15
    filter_heights: tuple = (1, 3, 5, 7)
    filter_widths: tuple = (1, 3, 5, 7)
    num_filters: tuple = (24, 36, 48, 64)
    strides: tuple = (1,)
    skip_connections: bool = True
    block_size: int = 1
    pool_after: tuple = ()
    start_layers: int | None = None
    grow_by: int = 2
    grow_every: int = 1600
    layer_types: tuple = (conv_layer.CONV,)
    learning_rates: tuple = ()
    batch_norm_momentum: float = 0.9
    batch_norm_epsilon: float = 1e-3
    largest_map: int | None = 32

    kinds = OF_ARRAYS
    input_ndim = 3

    def __post_init__(self):
        sizes = ("num_layers", "block_size")
        checks.whole(self, *sizes, maximum=limits.LAYERS)
        checks.whole(self, "grow_by", "grow_every")
        checks.whole(
            self, "start_layers", maximum=self.num_layers, optional=True
        )
        several = ("filter_heights", "filter_widths", "num_filters", "strides")
        checks.several_whole(self, *several, maximum=limits.WIDTH)
        last = self.num_layers * self.block_size
        good = isinstance(self.pool_after, tuple) and all(
            checks.is_whole(layer) and layer <= last
            for layer in self.pool_after
        )
        wanted = f"a tuple of layer numbers from 1 to {last}"
        checks.check(self, "pool_after", good, wanted)
        checks.several_of(self, "layer_types", conv_layer.KINDS)
        rates = self.learning_rates
        good = rates == () or (
            checks.is_tuple_of_different(rates)
            and all(checks.is_number(rate) and rate > 0 for rate in rates)
        )
        wanted = "a tuple of different numbers > 0"
        checks.check(self, "learning_rates", good, wanted)
        checks.number(self, "batch_norm_momentum", minimum=0, below=1)
        checks.number(self, "batch_norm_epsilon", above=0)
        checks.whole(self, "largest_map", optional=True)
        # Decisions check their own limits, such as at most 62 anchors.
        self.decisions  # noqa: B018

    @functools.cached_property
    def _layer_choices(self):
        """Dict from the kinds of decision of a layer to choices, in order."""
        return {
            "layer_type": self.layer_types,
            "filter_height": self.filter_heights,
            "filter_width": self.filter_widths,
            "stride_height": self.strides,
            "stride_width": self.strides,
            "num_filters": self.num_filters,
        }

    @functools.cached_property
    def decisions(self):
        decisions = []
        if len(self.learning_rates) > 1:
            decisions.append(_categorical(LEARNING_RATE, self.learning_rates))
        asked = [
            _categorical(kind, choices)
            for kind, choices in self._layer_choices.items()
            if len(choices) > 1
        ]
        for layer in range(self.num_layers):
            decisions.extend(asked)
            if self.skip_connections:
                decisions.append(Subset(layer, kind="skip"))
        return tuple(decisions)

    def length(self, num_trials):
        """Returns the number of decisions for a depth that grows."""
        layers = self.num_layers
        if self.start_layers is not None:
            growths = num_trials // self.grow_every
            layers = min(layers, self.start_layers + self.grow_by * growths)
        head = 1 if len(self.learning_rates) > 1 else 0
        per_layer = (len(self.decisions) - head) // self.num_layers
        return head + per_layer * layers

    def decode(self, actions):
        check_actions(self.decisions[: len(actions)], actions)
        rate, rows = self._rows(actions)
        layers = []
        blocks = [(specs.IMAGE,)]
        for row in rows:
            inputs = self._inputs(row, blocks)
            block = []
            for _ in range(self.block_size):
                layers.append(_layer(row, inputs + tuple(block)))
                block.append(len(layers))
            blocks.append(tuple(block))
        # A network that is still growing may not have that many layers.
        pools = tuple(n for n in self.pool_after if n <= len(layers))
        return specs.ConvNetSpec(tuple(layers), pools, rate)

    def _rows(self, actions):
        """Returns the learning rate, and for each layer its choices by kind."""
        choices = self._layer_choices
        fixed = {k: c[0] for k, c in choices.items() if len(c) == 1}
        rate = self.learning_rates[0] if self.learning_rates else None
        rows = []
        row = dict(fixed)
        for decision, action in zip(self.decisions, actions):
            if decision.kind == LEARNING_RATE:
                rate = decision.choice(action)
                continue
            row[decision.kind] = decision.choice(action)
            if len(row) == len(choices) + self.skip_connections:
                rows.append(row)
                row = dict(fixed)
        return rate, rows

    def _inputs(self, row, blocks):
        """Returns the nodes a layer reads, the image if it chose none."""
        if not self.skip_connections:
            return blocks[-1]
        nodes = [node for block in row["skip"] for node in blocks[block + 1]]
        return tuple(nodes) or (specs.IMAGE,)

    def encode(self, spec):
        chosen = []
        if len(self.learning_rates) > 1:
            chosen.append(spec.learning_rate)
        # All layers of a block follow from its first one.
        for number, layer in enumerate(spec.layers[:: self.block_size]):
            chosen.extend(
                _choice(layer, kind, choices)
                for kind, choices in self._layer_choices.items()
                if len(choices) > 1
            )
            if self.skip_connections:
                chosen.append(self._blocks_read(number, layer))
        return tuple(map(action_of, self.decisions, chosen))

    def _blocks_read(self, number, layer):
        """Returns the numbers, from 0, of the blocks that a layer reads."""
        size = self.block_size
        return tuple(
            block for block in range(number) if block * size + 1 in layer.inputs
        )

    def active(self, actions):
        active = np.ones(len(actions), bool)
        kind = self.layer_types[0]
        for step, decision in enumerate(self.decisions[: len(actions)]):
            if decision.kind == "layer_type":
                kind = self.layer_types[actions[step]]
            elif decision.kind in SHAPING[conv_layer.CONV]:
                active[step] = decision.kind in SHAPING[kind]
        return active

    def recipe(self, spec):
        return Recipe(learning_rate=spec.learning_rate)

    def read_spec(self, record):
        return specs.ConvNetSpec.from_json(record)

    def build(self, spec, task):
        from nas_tf.children.conv_net import conv_net

        return conv_net(
            spec,
            task.input_shape,
            task.num_outputs,
            batch_norm_momentum=self.batch_norm_momentum,
            batch_norm_epsilon=self.batch_norm_epsilon,
            stem=self._stem,
            **outputs_of(task),
        )

    def cost(self, spec, task):
        shape = self._stem.output_shape(task.input_shape)
        rest = spec.cost(shape, task.num_outputs)
        return self._stem.cost(task.input_shape).plus(rest)

    def num_activations(self, spec, task):
        shape = self._stem.output_shape(task.input_shape)
        rest = spec.activations(shape, task.num_outputs)
        return self._stem.activations(task.input_shape) + rest

    @property
    def _stem(self):
        return Stem(min(self.num_filters), self.largest_map)


def _categorical(kind, choices):
    return Categorical(kind, len(choices), labels=choices)


def _choice(layer, kind, choices):
    """Returns the choice of a layer; the first where it has no effect."""
    if kind == "layer_type":
        return layer.kind
    if kind not in SHAPING[layer.kind]:
        return choices[0]
    if kind == "num_filters":
        return layer.filters
    name, side = kind.split("_")
    sides = layer.kernel if name == "filter" else layer.strides
    return sides[("height", "width").index(side)]


def _layer(row, inputs):
    kind = row["layer_type"]
    strides = (row["stride_height"], row["stride_width"])
    return conv_layer.Layer(
        inputs=inputs,
        kernel=(row["filter_height"], row["filter_width"]),
        filters=row["num_filters"] if kind == conv_layer.CONV else None,
        strides=(1, 1) if kind == conv_layer.LCN else strides,
        kind=kind,
    )


make = Conv
