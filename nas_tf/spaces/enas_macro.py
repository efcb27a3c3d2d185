"""ENAS's macro space: whole networks with skip connections (Pham et al. 2018).

Section 2.3 of "Efficient Neural Architecture Search via Parameter Sharing". For
each layer the controller chooses one of six operations, and by attention over
the earlier layers which skip connections it has.
"""

import dataclasses
import functools

from nas_tf import checks
from nas_tf import limits
from nas_tf.decisions import Categorical
from nas_tf.decisions import Subset
from nas_tf.decisions import action_of
from nas_tf.decisions import check_actions
from nas_tf.errors import UsageError
from nas_tf.spaces.base import OF_ARRAYS
from nas_tf.spaces.base import SearchSpace
from nas_tf.spaces.base import outputs_of
from nas_tf.specs import cell_stack_cost
from nas_tf.specs import enas_macro as specs
from nas_tf.specs import macro_stack
from nas_tf.specs.cost import Cost

# The skip connections of a layer are the bits of an int32.
MAX_LAYERS = 32


@dataclasses.dataclass(frozen=True)
class ENASMacro(SearchSpace):
    """Networks of some layers; the defaults are those of the paper's search.

    The paper trains its winner with `num_layers=24, filters=96, dropout=0.5`.

    Attributes:
        num_layers: Number of layers L, 1 to 32. After a third and after two
            thirds of them height and width are halved. Default: 12.
        operations: Which operations can be chosen, see
            `nas_tf.specs.enas_macro.OPERATIONS`. Default: the paper's six.
            With a single one it is no decision.
        filters: Filters of the first layers, at least 2. In a network that is
            trained from scratch they double twice. Default: 36.
        skip_target: Share of the possible skip connections in (0, 1) towards
            which strategies with a `skip_weight` draw the controller; None
            (default) for none. The paper's is 0.4.
        dropout: Share of features that are dropped before the classifier, in
            [0, 1).
        batch_norm_momentum: See `nas_tf.children.blocks.Blocks`.
        batch_norm_epsilon: See `nas_tf.children.blocks.Blocks`.
        shared_doubling: Whether the filters double in the model of shared
            weights too. In the authors' code they do not, so that the last
            layers matter little in a search. A minibatch takes about twice as
            long with it. Default: False.
    """

    num_layers: int = 12
    operations: tuple = specs.OPERATIONS
    filters: int = 36
    skip_target: float | None = None
    dropout: float = 0.0
    batch_norm_momentum: float = 0.9
    batch_norm_epsilon: float = 1e-5
    shared_doubling: bool = False

    kinds = OF_ARRAYS
    input_ndim = 3
    drops_paths = True

    def __post_init__(self):
        checks.whole(self, "num_layers", maximum=MAX_LAYERS)
        checks.several_of(self, "operations", specs.OPERATIONS)
        checks.whole(self, "filters", minimum=2, maximum=limits.WIDTH)
        checks.number(self, "skip_target", above=0, below=1, optional=True)
        checks.number(self, "dropout", minimum=0, below=1)
        checks.number(self, "batch_norm_momentum", minimum=0, below=1)
        checks.number(self, "batch_norm_epsilon", above=0)
        checks.boolean(self, "shared_doubling")

    @functools.cached_property
    def decisions(self):
        asked = []
        if len(self.operations) > 1:
            count = len(self.operations)
            asked = [Categorical("operation", count, labels=self.operations)]
        return tuple(
            decision
            for layer in range(self.num_layers)
            for decision in (
                *asked,
                Subset(layer, prior=self.skip_target, kind="skip"),
            )
        )

    def decode(self, actions):
        check_actions(self.decisions, actions)
        chosen = [d.choice(a) for d, a in zip(self.decisions, actions)]
        if len(self.operations) == 1:
            names = self.operations * self.num_layers
            return specs.MacroSpec(names, tuple(chosen))
        return specs.MacroSpec(tuple(chosen[::2]), tuple(chosen[1::2]))

    def encode(self, spec):
        if spec.depth() != self.num_layers:
            raise UsageError(
                f"Expected a network of {self.num_layers} layers. Received: "
                f"{spec.depth()}"
            )
        chosen = []
        for _, operation, skips in spec.layers():
            if len(self.operations) > 1:
                chosen.append(operation)
            elif operation not in self.operations:
                raise UsageError(
                    f"Expected {self.operations[0]} everywhere. Received: "
                    f"{operation}"
                )
            chosen.append(skips)
        return tuple(map(action_of, self.decisions, chosen))

    def read_spec(self, record):
        return specs.MacroSpec.from_json(record)

    def build(self, spec, task):
        from nas_tf.children.macro_stack import macro_stack as build

        return build(
            spec,
            self.filters,
            task.input_shape,
            task.num_outputs,
            dropout=self.dropout,
            batch_norm_momentum=self.batch_norm_momentum,
            batch_norm_epsilon=self.batch_norm_epsilon,
            **outputs_of(task),
        )

    def cost(self, spec, task):
        image = cell_stack_cost.Tensor(tuple(task.input_shape))
        kit = cell_stack_cost.Counter()
        last = macro_stack.walk(spec, self.filters, kit, image)
        found = cell_stack_cost.size_of(last)
        products = last.shape[2] * task.num_outputs
        return found.plus(Cost(products, products))

    def build_shared(self, task, mixed=False, affine=False, path_dropout=0.0):
        """Returns the model of all architectures; see `SearchSpace`.

        Args:
            task: `Task`.
            mixed: Not supported.
            affine: Whether batch normalization has a scale and an offset.
                Default: False.
            path_dropout: See `SearchSpace`.
        """
        from nas_tf.children.macro_stack import shared_macro_stack

        if mixed:
            raise UsageError(
                f"Expected a space whose choices can be mixed, such as "
                f"'nasbench201'. Received: '{self._name}'"
            )
        return shared_macro_stack(
            self.num_layers,
            self.operations,
            path_dropout=path_dropout,
            **self._of_shared(task, affine),
        )

    def build_for_sharing(self, spec, task, affine=False):
        """Returns the part of `build_shared` that one architecture uses."""
        from nas_tf.children.macro_stack import lone_macro_stack

        return lone_macro_stack(spec, **self._of_shared(task, affine))

    def copy_shared(self, shared, actions, model):
        from nas_tf.children.sharing import copy_chosen

        copy_chosen(shared, actions, model)

    def _of_shared(self, task, affine):
        return {
            "filters": self.filters,
            "growth": 2 if self.shared_doubling else 1,
            "input_shape": task.input_shape,
            "num_classes": task.num_outputs,
            "dropout": self.dropout,
            "epsilon": self.batch_norm_epsilon,
            "affine": affine,
            **outputs_of(task),
        }


make = ENASMacro
