"""The cells of NAS-Bench-201 (Dong & Yang 2020).

For each of six edges of a cell the controller says which of five operations it
carries: 15,625 cells, all of which the authors trained. With their table a
search needs no training (see `nas_tf.evaluators.tabular`), and what it finds
can be built and trained like any other child.
"""

import dataclasses

from nas_tf import checks
from nas_tf.decisions import Categorical
from nas_tf.decisions import check_actions
from nas_tf.spaces.base import SearchSpace
from nas_tf.specs import cell_net as specs

_OPERATION = Categorical(
    "operation", len(specs.OPERATIONS), labels=specs.OPERATIONS
)
_DECISIONS = (_OPERATION,) * len(specs.EDGES)


@dataclasses.dataclass(frozen=True)
class NasBench201(SearchSpace):
    """Six decisions, the same head for all; the defaults are the paper's net.

    Attributes:
        channels: Filters of the first of three stages, at least 1.
        cells: Number of cells of a stage, at least 1.
        batch_norm_momentum: See `children.nasbench201.cell_net`.
        batch_norm_epsilon: See `children.nasbench201.cell_net`.
    """

    channels: int = 16
    cells: int = 5
    batch_norm_momentum: float = 0.9
    batch_norm_epsilon: float = 1e-5

    kinds = ("classification",)

    def __post_init__(self):
        checks.whole(self, "channels", "cells")
        checks.number(self, "batch_norm_momentum", minimum=0, below=1)
        checks.number(self, "batch_norm_epsilon", above=0)

    @property
    def decisions(self):
        return _DECISIONS

    def decode(self, actions):
        check_actions(_DECISIONS, actions)
        return specs.CellSpec(tuple(specs.OPERATIONS[a] for a in actions))

    def key(self, actions):
        """Returns six digits, an operation's number for each of `EDGES`.

        They are 0 none, 1 skip_connect, 2 nor_conv_1x1, 3 nor_conv_3x3 and 4
        avg_pool_3x3, on the edges 0-1, 0-2, 1-2, 0-3, 1-3, 2-3. Cells that
        compute the same have different keys, as they have different rows.
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
        )

    def cost(self, spec, task):
        return spec.cost(
            task.input_shape, task.num_outputs, self.channels, self.cells
        )


make = NasBench201
