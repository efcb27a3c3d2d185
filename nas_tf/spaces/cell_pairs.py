"""The base class of spaces of a normal and a reduction cell of images."""

import abc
import functools
import itertools
import json

from nas_tf import checks
from nas_tf.decisions import Categorical
from nas_tf.decisions import action_of
from nas_tf.decisions import check_actions
from nas_tf.errors import UsageError
from nas_tf.spaces.base import OF_ARRAYS
from nas_tf.spaces.base import SearchSpace
from nas_tf.spaces.base import outputs_of
from nas_tf.specs import image_cell as cells
from nas_tf.specs.cell_stack import CIFAR
from nas_tf.specs.image_cell_order import canonical
from nas_tf.specs.nasnet import NASNetSpec

CELLS = ("normal", "reduction")
# More would take too long to compare.
MAX_BLOCKS = 8


class CellPairSpace(SearchSpace):
    """A space whose decisions describe two cells of blocks.

    For each block of a cell two states, an operation for each and how the two
    results are combined are chosen. There is no decision where there is a
    single choice. A subclass is a frozen dataclass with these fields, and
    builds networks out of the cells.

    Attributes:
        num_blocks: Number of blocks of each cell, 1 to 8.
        operations: Tuple of the operations that can be chosen, of
            `nas_tf.specs.image_cell.OPERATIONS`.
        combinations: Tuple of the combinations that can be chosen, of
            `nas_tf.specs.image_cell.COMBINATIONS`. Default: the sum alone.
        dropout: Share of features that are dropped before the classifier, in
            [0, 1).
        drop_path_keep: Probability in (0, 1] with which paths of the last cell
            are kept at the end of a training.
        batch_norm_momentum: See `nas_tf.children.blocks.Blocks`.
        batch_norm_epsilon: See `nas_tf.children.blocks.Blocks`.
    """

    combinations = (cells.ADD,)

    kinds = OF_ARRAYS
    input_ndim = 3
    has_auxiliary = True
    drops_paths = True

    def __post_init__(self):
        checks.whole(self, "num_blocks", maximum=MAX_BLOCKS)
        checks.several_of(self, "operations", cells.OPERATIONS)
        checks.several_of(self, "combinations", cells.COMBINATIONS)
        checks.number(self, "dropout", minimum=0, below=1)
        checks.number(self, "drop_path_keep", above=0, maximum=1)
        checks.number(self, "batch_norm_momentum", minimum=0, below=1)
        checks.number(self, "batch_norm_epsilon", above=0)

    @abc.abstractmethod
    def put_out(self, blocks):
        """Returns the `outputs` of the `ImageCell` with some blocks."""

    @abc.abstractmethod
    def layout(self, task):
        """Returns the `nas_tf.specs.cell_stack.Layout` for a task."""

    @abc.abstractmethod
    def network(self, *arguments, **options):
        """Returns a model, as `nas_tf.children.cell_stack.cell_stack`."""

    def check_task(self, task):
        super().check_task(task)
        if self.drop_path_keep < 1 and not hasattr(task, "num_steps"):
            raise UsageError(
                f"Expected a task that says its `num_steps` of training, for "
                f"drop_path_keep={self.drop_path_keep}. Received: "
                f"{type(task).__name__}"
            )

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
        return cells.ImageCell(tuple(blocks), self.put_out(blocks))

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
        return self.network(
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

    def build_shared(self, task, mixed=False, affine=False, path_dropout=0.0):
        """Returns the model of all architectures; see `SearchSpace`.

        Args:
            task: `Task`.
            mixed: Whether the model takes mixtures, see `SearchSpace`. All
                operations of all states are then computed, which takes much
                longer. Default: False.
            affine: Whether batch normalization has a scale and an offset.
                Default: False.
            path_dropout: See `SearchSpace`.
        """
        from nas_tf.children.shared_stack import shared_stack

        self._check_sharing(task)
        choices = max(decision.num_actions for decision in self.decisions)
        normal, reduction = self._columns()
        return shared_stack(
            normal,
            reduction,
            self.operations,
            num_actions=len(self.decisions),
            path_dropout=path_dropout,
            mixed=choices if mixed else None,
            **self._loose_ends(),
            **self._of_shared(task, affine),
        )

    def build_for_sharing(self, spec, task, affine=False):
        """Returns the part of `build_shared` that one architecture uses."""
        from nas_tf.children.shared_stack import lone_stack

        self._check_sharing(task)
        return lone_stack(
            spec.normal, spec.reduction, **self._of_shared(task, affine)
        )

    def copy_shared(self, shared, actions, model):
        from nas_tf.children.sharing import copy_chosen

        copy_chosen(shared, actions, model)

    def _of_shared(self, task, affine):
        return {
            "layout": self.layout(task),
            "input_shape": task.input_shape,
            "num_classes": task.num_outputs,
            "dropout": self.dropout,
            "epsilon": self.batch_norm_epsilon,
            "affine": affine,
            **outputs_of(task),
        }

    def _loose_ends(self):
        """Returns the arguments `first` and `loose` of `shared_stack`."""
        return {"first": 0, "loose": True}

    def _check_sharing(self, task):
        """Raises `UsageError` if architectures cannot share weights."""
        if self.combinations != (cells.ADD,):
            raise UsageError(
                f"Expected combinations=('{cells.ADD}',) for shared weights, "
                f"since other results have other shapes. Received: "
                f"{self.combinations}"
            )
        if _has_auxiliary(task):
            raise UsageError(
                f"Expected auxiliary_weight=0 for shared weights. Received: "
                f"{task.auxiliary_weight}"
            )
        if self.layout(task).stem != CIFAR:
            raise UsageError(
                "Expected stem='cifar' for shared weights. Received: pictures "
                f"of {'x'.join(map(str, task.input_shape[:2]))} pixels and "
                "the stem for ImageNet"
            )

    def _columns(self):
        """Returns the `Columns` of the normal and of the reduction cell."""
        from nas_tf.children.shared_stack import Columns

        columns = itertools.count()
        found = []
        for _ in CELLS:
            inputs, operations = [], []
            for _ in range(self.num_blocks):
                inputs.append((next(columns), next(columns)))
                pair = (None, None)
                if len(self.operations) > 1:
                    pair = (next(columns), next(columns))
                operations.append(pair)
            found.append(Columns(tuple(inputs), tuple(operations)))
        return found


def _has_auxiliary(task):
    return getattr(task, "auxiliary_weight", 0) > 0
