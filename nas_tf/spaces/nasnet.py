"""Cells of images that are stacked to networks of any size (NASNet).

Zoph et al. 2018, "Learning Transferable Architectures for Scalable Image
Recognition", section 3. The controller designs a normal cell and a reduction
cell. For each block of a cell it chooses two states, an operation for each and
how the two results are combined.
"""

import dataclasses
import functools
import json

from nas_tf import checks
from nas_tf.decisions import Categorical
from nas_tf.decisions import action_of
from nas_tf.decisions import check_actions
from nas_tf.errors import UsageError
from nas_tf.spaces.base import OF_ARRAYS
from nas_tf.spaces.base import SearchSpace
from nas_tf.spaces.base import outputs_of
from nas_tf.specs import cell_stack as stacks
from nas_tf.specs import cell_stack_cost
from nas_tf.specs import image_cell as cells
from nas_tf.specs.image_cell_order import canonical
from nas_tf.specs.nasnet import NASNetSpec

CELLS = ("normal", "reduction")
UNREAD = "unread"
ALL = "all"
# More would take too long to compare.
MAX_BLOCKS = 8
AUTO = "auto"
# Pictures of the sizes that the stem for CIFAR is made for.
LARGEST_FOR_CIFAR = 64


@dataclasses.dataclass(frozen=True)
class NASNet(SearchSpace):
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

    kinds = OF_ARRAYS
    input_ndim = 3
    has_auxiliary = True

    def __post_init__(self):
        checks.whole(self, "num_blocks", maximum=MAX_BLOCKS)
        checks.several_of(self, "operations", cells.OPERATIONS)
        checks.several_of(self, "combinations", cells.COMBINATIONS)
        checks.one_of(self, "outputs", (UNREAD, ALL))
        checks.number(self, "dropout", minimum=0, below=1)
        checks.number(self, "drop_path_keep", above=0, maximum=1)
        checks.number(self, "batch_norm_momentum", minimum=0, below=1)
        checks.number(self, "batch_norm_epsilon", above=0)
        checks.one_of(self, "stem", (AUTO, *stacks.STEMS))
        # It checks its own fields.
        self._layout(stacks.CIFAR if self.stem == AUTO else self.stem)

    def check_task(self, task):
        super().check_task(task)
        if self.drop_path_keep < 1 and not hasattr(task, "num_steps"):
            raise UsageError(
                f"Expected a task that says its `num_steps` of training, for "
                f"drop_path_keep={self.drop_path_keep}. Received: "
                f"{type(task).__name__}"
            )

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

    @functools.cached_property
    def decisions(self):
        return tuple(
            decision
            for cell in CELLS
            for block in range(self.num_blocks)
            for decision in self._of_block(cell, cells.NUM_INPUTS + block)
        )

    def _of_block(self, cell, num_states):
        # Kinds of their own, because the two cells need different operations.
        read = Categorical(f"{cell}_input_of_{num_states}", num_states)
        yield read
        yield read
        for kind, choices, count in (
            ("operation", self.operations, 2),
            ("combination", self.combinations, 1),
        ):
            if len(choices) > 1:
                decision = Categorical(
                    f"{cell}_{kind}", len(choices), labels=choices
                )
                yield from (decision,) * count

    def decode(self, actions):
        check_actions(self.decisions, actions)
        chosen = iter(
            [d.choice(a) for d, a in zip(self.decisions, actions, strict=True)]
        )
        return NASNetSpec(*(self._cell(chosen) for _ in CELLS))

    def _cell(self, chosen):
        def one_of(choices):
            return choices[0] if len(choices) == 1 else next(chosen)

        blocks = []
        for _ in range(self.num_blocks):
            left, right = next(chosen), next(chosen)
            first, second = one_of(self.operations), one_of(self.operations)
            combination = one_of(self.combinations)
            blocks.append(cells.Block(left, first, right, second, combination))
        outputs = None
        if self.outputs == ALL:
            first = cells.NUM_INPUTS
            outputs = tuple(range(first, first + self.num_blocks))
        return cells.ImageCell(tuple(blocks), outputs)

    def encode(self, spec):
        decisions = iter(self.decisions)
        actions = []

        def add(choice, choices=None):
            if choices is None or len(choices) > 1:
                actions.append(action_of(next(decisions), choice))
            elif choice not in choices:
                raise UsageError(
                    f"Expected {choices[0]} everywhere. Received: {choice}"
                )

        for cell in (spec.normal, spec.reduction):
            if len(cell.blocks) != self.num_blocks:
                raise UsageError(
                    f"Expected cells of {self.num_blocks} blocks. Received: "
                    f"{len(cell.blocks)}"
                )
            for block in cell.blocks:
                add(block.left)
                add(block.right)
                add(block.left_operation, self.operations)
                add(block.right_operation, self.operations)
                add(block.combination, self.combinations)
        return tuple(actions)

    def key(self, actions):
        """Returns a string that is the same for equal pairs of cells.

        Cells are equal if they differ only in which operand of a block is the
        left one and in the order of blocks.
        """
        spec = self.decode(actions)
        return json.dumps([canonical(spec.normal), canonical(spec.reduction)])

    def read_spec(self, record):
        return NASNetSpec.from_json(record)

    def build(self, spec, task):
        drops = self.drop_path_keep < 1
        return self._build(
            spec,
            task,
            auxiliary=_has_auxiliary(task),
            drop_path_keep=self.drop_path_keep,
            drop_path_steps=task.num_steps if drops else None,
        )

    def build_for_inference(self, spec, task):
        if self.drop_path_keep == 1 and not _has_auxiliary(task):
            return None
        return self._build(spec, task)

    def _build(self, spec, task, **options):
        from nas_tf.children.cell_stack import cell_stack

        return cell_stack(
            spec.normal,
            spec.reduction,
            self.layout(task),
            task.input_shape,
            task.num_outputs,
            dropout=self.dropout,
            batch_norm_momentum=self.batch_norm_momentum,
            batch_norm_epsilon=self.batch_norm_epsilon,
            **options,
            **outputs_of(task),
        )

    def cost(self, spec, task):
        return cell_stack_cost.cost(
            spec.normal,
            spec.reduction,
            self.layout(task),
            task.input_shape,
            task.num_outputs,
        )


def _has_auxiliary(task):
    return getattr(task, "auxiliary_weight", 0) > 0


make = NASNet
