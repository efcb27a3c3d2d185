"""The cells of NAS-Bench-201 (Dong & Yang 2020).

For each of the six edges of a cell the controller chooses one of five
operations. The authors trained all 15,625 cells. A search that uses their table
needs no training (see `nas_tf.evaluators.tabular`), and the cells it finds can
be built and trained like any other child.
"""

import dataclasses

from nas_tf import checks
from nas_tf import limits
from nas_tf.decisions import Categorical
from nas_tf.decisions import check_actions
from nas_tf.spaces.base import OF_ARRAYS
from nas_tf.spaces.base import SearchSpace
from nas_tf.spaces.base import outputs_of
from nas_tf.specs import cell_net as specs
from nas_tf.specs.stem import Stem

_OPERATION = Categorical(
    "operation", len(specs.OPERATIONS), labels=specs.OPERATIONS
)
_DECISIONS = (_OPERATION,) * len(specs.EDGES)


@dataclasses.dataclass(frozen=True)
class NasBench201(SearchSpace):
    """Six decisions of one kind; the defaults are the paper's network.

    Attributes:
        channels: Number of filters of the first of three stages, at least 1.
        cells: Number of cells of a stage, at least 1.
        batch_norm_momentum: See `nas_tf.children.blocks.Blocks`.
        batch_norm_epsilon: See `nas_tf.children.blocks.Blocks`.
        largest_map: Largest height and width of what the network reads, at
            least 1 pixel. A larger picture is halved, as often as it takes, by
            a `nas_tf.specs.stem.Stem` of `channels` filters. None for no stem.
            Default: 32, the size of the paper's pictures.
        reductions: What stands between stages: "residual" (default), the
            benchmark's blocks of two 3x3 convolutions, or "light", an average
            pool and a 1x1 convolution, each with batch normalization.
        shared_reductions: The same for the model whose weights all cells
            share. Default: "light": with residual blocks these do most of
            the work, and shared weights do not rank cells.
    """

    channels: int = 16
    cells: int = 5
    batch_norm_momentum: float = 0.9
    batch_norm_epsilon: float = 1e-5
    largest_map: int | None = 32
    reductions: str = "residual"
    shared_reductions: str = "light"

    kinds = OF_ARRAYS
    input_ndim = 3
    drops_paths = True

    def __post_init__(self):
        checks.whole(self, "channels", maximum=limits.WIDTH)
        checks.whole(self, "cells", maximum=limits.LAYERS)
        checks.number(self, "batch_norm_momentum", minimum=0, below=1)
        checks.number(self, "batch_norm_epsilon", above=0)
        checks.whole(self, "largest_map", optional=True)
        checks.one_of(self, "reductions", specs.REDUCTIONS)
        checks.one_of(self, "shared_reductions", specs.REDUCTIONS)

    @property
    def decisions(self):
        return _DECISIONS

    def decode(self, actions):
        check_actions(_DECISIONS, actions)
        return specs.CellSpec(tuple(specs.OPERATIONS[a] for a in actions))

    def encode(self, spec):
        return tuple(map(specs.OPERATIONS.index, spec.operations))

    def key(self, actions):
        """Returns six digits, the numbers of the operations of `EDGES`.

        0 is none, 1 skip_connect, 2 nor_conv_1x1, 3 nor_conv_3x3 and 4
        avg_pool_3x3; the edges are 0-1, 0-2, 1-2, 0-3, 1-3 and 2-3. Different
        cells have different keys even if they compute the same, because the
        table has a row for each.
        """
        return "".join(map(str, actions))

    def read_spec(self, record):
        return specs.CellSpec.from_json(record)

    def build(self, spec, task):
        from nas_tf.children.nasbench201 import cell_net

        return cell_net(
            spec,
            task.input_shape,
            task.num_outputs,
            channels=self.channels,
            cells=self.cells,
            batch_norm_momentum=self.batch_norm_momentum,
            batch_norm_epsilon=self.batch_norm_epsilon,
            stem=self._stem,
            reductions=self.reductions,
            **outputs_of(task),
        )

    def build_shared(self, task, mixed=False, path_dropout=0.0):
        from nas_tf.children.shared_nasbench201 import shared_net

        return shared_net(
            task.input_shape,
            task.num_outputs,
            channels=self.channels,
            cells=self.cells,
            batch_norm_epsilon=self.batch_norm_epsilon,
            stem=self._stem,
            reductions=self.shared_reductions,
            mixed=mixed,
            path_dropout=path_dropout,
            **outputs_of(task),
        )

    def copy_shared(self, shared, actions, model):
        from nas_tf.children.shared_nasbench201 import copy_weights

        copy_weights(shared, self.decode(actions), model)

    def cost(self, spec, task):
        shape = self._stem.output_shape(task.input_shape)
        rest = spec.cost(
            shape,
            task.num_outputs,
            self.channels,
            self.cells,
            self.reductions,
        )
        return self._stem.cost(task.input_shape).plus(rest)

    @property
    def _stem(self):
        return Stem(self.channels, self.largest_map)


make = NasBench201
