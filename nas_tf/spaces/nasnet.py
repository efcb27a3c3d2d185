"""Cells of images that are stacked to networks of any size (NASNet).

Zoph et al. 2018, "Learning Transferable Architectures for Scalable Image
Recognition", section 3. The controller designs a normal cell and a reduction
cell. For each block of a cell it chooses two states, an operation for each and
how the two results are combined.
"""

import dataclasses

from nas_tf import checks
from nas_tf.spaces.cell_pairs import CellPairSpace
from nas_tf.specs import cell_stack as stacks
from nas_tf.specs import cell_stack_cost
from nas_tf.specs import image_cell as cells

UNREAD = "unread"
ALL = "all"
AUTO = "auto"
# Pictures of the sizes that the stem for CIFAR is made for.
LARGEST_FOR_CIFAR = 64


@dataclasses.dataclass(frozen=True)
class NASNet(CellPairSpace):
    """Two cells of some blocks each; the defaults are NASNet-A's search.

    For NASNet-B's outputs and combinations use `outputs="all", num_blocks=4,
    combinations=("add", "concat", "add_layer_norm", "add_instance_norm")`, for
    NASNet-C's the same combinations and `outputs="unread"`.

    The options from `num_repeats` on do not change the decisions, so a cell is
    searched in a small network and trained in a large one.

    Attributes:
        num_blocks: Number of blocks of each cell, the paper's B, 1 to 8.
        operations: Which of the 13 operations can be chosen, see
            `nas_tf.specs.image_cell.OPERATIONS`. Default: all.
        combinations: Which combinations of a block's two results can be
            chosen, of "add", "concat", "add_layer_norm" and
            "add_instance_norm" (both normalize the sum). Default: the first
            two.
        outputs: Which states make up the output of a cell: "unread" (default),
            those of the blocks that no block reads, or "all", those of all
            blocks.
        num_repeats: See `nas_tf.specs.cell_stack.Layout`.
        filters: See `Layout`.
        stem: See `Layout`, or "auto" (default) for "imagenet" where a picture
            is larger than 64 pixels, else "cifar".
        stem_filters: See `Layout`.
        skip_reduction: See `Layout`.
        dropout: Share of features that are dropped before the classifier, in
            [0, 1).
        drop_path_keep: Probability in (0, 1] with which paths of the last cell
            are kept at the end of a training (ScheduledDropPath, Appendix
            A.7). 1 (default) drops none, as in the search.
        batch_norm_momentum: See `nas_tf.children.blocks.Blocks`.
        batch_norm_epsilon: See `nas_tf.children.blocks.Blocks`.
    """

    num_blocks: int = 5
    operations: tuple = cells.OPERATIONS
    combinations: tuple = (cells.ADD, cells.CONCAT)
    outputs: str = UNREAD
    num_repeats: int = 2
    filters: int = 32
    stem: str = AUTO
    stem_filters: int | None = None
    skip_reduction: bool = False
    dropout: float = 0.0
    drop_path_keep: float = 1.0
    batch_norm_momentum: float = 0.9
    batch_norm_epsilon: float = 1e-3

    def __post_init__(self):
        super().__post_init__()
        checks.one_of(self, "outputs", (UNREAD, ALL))
        checks.one_of(self, "stem", (AUTO, *stacks.STEMS))
        # It checks its own fields.
        self._layout(stacks.CIFAR if self.stem == AUTO else self.stem)

    def _layout(self, stem):
        fields = {f.name for f in dataclasses.fields(stacks.Layout)} - {"stem"}
        return stacks.Layout(
            stem=stem, **{name: getattr(self, name) for name in fields}
        )

    def layout(self, task):
        """Returns the `Layout` of the network for a task's pictures."""
        if self.stem != AUTO:
            return self._layout(self.stem)
        large = max(task.input_shape[:2]) > LARGEST_FOR_CIFAR
        return self._layout(stacks.IMAGENET if large else stacks.CIFAR)

    def put_out(self, blocks):
        if self.outputs == UNREAD:
            return None
        return tuple(range(cells.NUM_INPUTS, cells.NUM_INPUTS + len(blocks)))

    def _loose_ends(self):
        return {"first": cells.NUM_INPUTS, "loose": self.outputs == UNREAD}

    def network(self, *arguments, **options):
        from nas_tf.children.cell_stack import cell_stack

        return cell_stack(*arguments, **options)

    def cost(self, spec, task):
        return cell_stack_cost.cost(
            spec.normal,
            spec.reduction,
            self.layout(task),
            task.input_shape,
            task.num_outputs,
        )


make = NASNet
