"""ENAS's micro space: cells of images for shared weights (Pham et al. 2018).

Section 2.4 of "Efficient Neural Architecture Search via Parameter Sharing". The
controller designs a normal cell and a reduction cell, as in the NASNet space,
but of five operations and sums alone. A cell's output is a concatenation of its
loose ends: of all states that no block reads, the cell's inputs included.
"""

import dataclasses

from nas_tf import checks
from nas_tf import limits
from nas_tf.spaces.cell_pairs import CellPairSpace
from nas_tf.specs import cell_stack_cost
from nas_tf.specs import enas_stack
from nas_tf.specs.cell_stack import Layout
from nas_tf.specs.enas_published import MICRO_OPERATIONS


@dataclasses.dataclass(frozen=True)
class ENASMicro(CellPairSpace):
    """Two cells of some blocks each; the defaults are those of the search.

    The options from `num_repeats` on do not change the decisions, so a cell is
    searched in a small network and trained in a large one. The paper trains
    `num_repeats=5, filters=36, drop_path_keep=0.6, dropout=0.2`.

    Attributes:
        num_blocks: Number of blocks of each cell, 1 to 8. Default: 5, the
            paper's B = 7 less the two inputs.
        operations: Which operations can be chosen, see
            `nas_tf.specs.image_cell.OPERATIONS`. Default: the paper's five,
            separable convolutions, average and max pooling, and identity.
        num_repeats: Number of normal cells in each of three stages, at least
            1. Default: 2, as in the search, whose network has two reduction
            cells beside its six layers.
        filters: Filters of a cell of the first stage, at least 1. They double
            from stage to stage. Default: 20, as in the search.
        dropout: Share of features that are dropped before the classifier, in
            [0, 1).
        drop_path_keep: Probability in (0, 1] with which paths of the last cell
            are kept at the end of a training. 1 (default) drops none.
        batch_norm_momentum: See `nas_tf.children.blocks.Blocks`.
        batch_norm_epsilon: See `nas_tf.children.blocks.Blocks`.
    """

    num_blocks: int = 5
    operations: tuple = MICRO_OPERATIONS
    num_repeats: int = 2
    filters: int = 20
    dropout: float = 0.0
    drop_path_keep: float = 1.0
    batch_norm_momentum: float = 0.9
    batch_norm_epsilon: float = 1e-5

    def __post_init__(self):
        super().__post_init__()
        checks.whole(self, "num_repeats", maximum=limits.LAYERS)
        checks.whole(self, "filters", maximum=limits.WIDTH)

    def put_out(self, blocks):
        return enas_stack.loose_ends(blocks)

    def layout(self, task):
        return Layout(self.num_repeats, self.filters)

    def network(self, *arguments, **options):
        from nas_tf.children.enas_stack import enas_stack as build

        return build(*arguments, **options)

    def cost(self, spec, task):
        return cell_stack_cost.cost(
            spec.normal,
            spec.reduction,
            self.layout(task),
            task.input_shape,
            task.num_outputs,
            walk=enas_stack.walk,
            use_bias=False,
        )


make = ENASMicro
