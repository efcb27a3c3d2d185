"""Judges architectures by weights that all of them share, as ENAS does.

H. Pham, M. Y. Guan, B. Zoph, Q. V. Le, J. Dean, "Efficient Neural Architecture
Search via Parameter Sharing", 2018. One model has the weights of all
architectures of a space. It is trained between the updates of the strategy, and
an architecture is judged by its loss on a minibatch, without any training of
its own.
"""

import dataclasses

from nas_tf import checks
from nas_tf import limits
from nas_tf.decisions import Subset
from nas_tf.errors import UsageError
from nas_tf.evaluators._shared_judging import Judging
from nas_tf.evaluators._shared_judging import is_inherited
from nas_tf.evaluators._shared_judging import reading
from nas_tf.evaluators.base import Evaluator
from nas_tf.lazy_keras import import_keras
from nas_tf.seeds import derive_seed
from nas_tf.training.precision import FULL

REWARDS = ("loss", "accuracy")
SAMPLINGS = ("strategy", "uniform", "fair", "mixture")
UPDATE_RULES = ("momentum", "adam")
SCHEDULES = ("cosine", "restarts", "constant")


@dataclasses.dataclass(frozen=True)
class Shared(Evaluator):
    """Trains one model for all architectures, and judges them by it.

    Before the first batch is drawn, the shared weights are trained with random
    architectures, another one for each minibatch. Then phases of training with
    the strategy's architectures alternate with batches that the strategy
    learns from. All architectures of a batch are judged on the same minibatch
    of validation examples. After `steps` minibatches the weights stay as they
    are.

    At the end of a search `derive` architectures are drawn from the strategy
    and judged on more examples. The best of a search is one of these, never
    the luckiest on a minibatch.

    Weights that a minibatch's architecture does not use stay as they are by
    default, see `nas_tf.training.sparse_momentum` and `sparse_adam`. A phase of
    training whose loss is not finite is undone.

    Attributes:
        steps: Number of minibatches of the whole training, at least 1.
        steps_per_phase: Number of minibatches of a phase, at least 1.
        warm_up_share: Share of `steps` that is trained with random
            architectures before the first batch, in [0, 1].
        batches_per_phase: Number of batches of the strategy between two
            phases, at least 1.
        examples: Number of validation examples in a minibatch of judgement, at
            least 1. Of a text it is the number of symbols, and one window is
            the least.
        reward: "loss" (default), for exp(-loss), which is 1 / perplexity for a
            text; or "accuracy", as in the paper for images.
        sampling: Which architectures the weights are trained with after the
            warm-up: "strategy" (default), those it draws; "uniform", random
            ones (Guo et al. 2020, SPOS), which are a control; "fair", with
            strict fairness (Chu et al. 2021, FairNAS): each step has every
            choice of each decision once, in as many minibatches; or
            "mixture", all choices at once in the mixture that the strategy
            `darts` learns, which needs TensorFlow and a space whose choices
            can be mixed: `nasbench201`, `enas_micro` or `nasnet`.
        update_rule: "momentum" (default), stochastic gradient descent, as in
            the paper; or "adam" (Kingma & Ba 2015), by which weights are
            trained in fewer steps and rank images' cells better, see
            experiments/enas_nasbench201. Weights that a step does not use stay
            as they are with both.
        learning_rate: Initial learning rate, > 0. None (default) for the
            task's with "momentum", and for 0.003 with "adam".
        schedule: "cosine" (default), which decays to 0 over `steps`;
            "restarts", cosines that start anew, as in the authors' scripts; or
            "constant".
        restart_after: Minibatches of the first cosine of "restarts", at least
            1. Default: 2,810, which are 10 epochs of CIFAR-10's 45,000 training
            pictures in batches of 160, as in the authors' script for cells.
        restart_factor: How many times longer each cosine is than the one
            before, at least 1. Default: 2.
        lowest_rate: Learning rate at the end of each cosine of "restarts", as
            a share of the first, in [0, 1). Default: 0.01.
        momentum: Nesterov momentum in [0, 1). None (default) for the task's,
            or 0 if it has none. It must be None with "adam".
        weight_decay: Coefficient, >= 0, of the coupled L2 penalty of the
            weights in use; with "adam", of their decoupled decay. None
            (default) for the task's, or 0; with "adam", for 0.
        rest: Whether weights that a minibatch does not use keep their value
            and velocity, and are not decayed. Default: True. False for plain
            momentum, as in the authors' code: they move on by their velocity.
            It must be True with "adam".
        clip_norm: Upper bound of the global norm of the gradients, > 0. None
            (default) for the task's, if any.
        path_dropout: Probability in [0, 1) with which an example of training
            does without the output of an operation; the others are divided by
            the rest. Judgements have all. Default: 0.
        derive: Number of architectures drawn at the end, at least 1.
        derive_examples: Number of validation examples these are judged on, at
            least 1.
        derive_top: How many of them are judged on all validation examples, at
            least 1.
    """

    steps: int = 2400
    steps_per_phase: int = 150
    warm_up_share: float = 0.4
    batches_per_phase: int = 10
    examples: int = 64
    reward: str = "loss"
    sampling: str = "strategy"
    update_rule: str = "momentum"
    learning_rate: float | None = None
    schedule: str = "cosine"
    restart_after: int = 2810
    restart_factor: int = 2
    lowest_rate: float = 0.01
    momentum: float | None = None
    weight_decay: float | None = None
    rest: bool = True
    clip_norm: float | None = None
    path_dropout: float = 0.0
    derive: int = 100
    derive_examples: int = 512
    derive_top: int = 20

    in_process = True
    derives = True

    def __post_init__(self):
        checks.whole(
            self,
            "steps",
            "steps_per_phase",
            "batches_per_phase",
            "examples",
            "restart_after",
            "restart_factor",
            "derive_examples",
            "derive_top",
        )
        checks.whole(self, "derive", maximum=limits.TOGETHER)
        checks.number(self, "warm_up_share", minimum=0, maximum=1)
        checks.number(self, "learning_rate", above=0, optional=True)
        checks.number(self, "clip_norm", above=0, optional=True)
        checks.number(self, "momentum", minimum=0, below=1, optional=True)
        checks.number(self, "weight_decay", minimum=0, optional=True)
        checks.number(self, "lowest_rate", "path_dropout", minimum=0, below=1)
        checks.boolean(self, "rest")
        checks.one_of(self, "reward", REWARDS)
        checks.one_of(self, "sampling", SAMPLINGS)
        checks.one_of(self, "schedule", SCHEDULES)
        checks.one_of(self, "update_rule", UPDATE_RULES)
        if self.update_rule == "adam":
            for name, usual in (("momentum", None), ("rest", True)):
                if getattr(self, name) != usual:
                    raise UsageError(
                        f"Expected {name}={usual} with update_rule='adam'. "
                        f"Received: {getattr(self, name)}"
                    )
        # What a search makes: the training, and the judging by it.
        object.__setattr__(self, "_made", {})

    def reward_formula(self, task):
        what = "accuracy" if self.reward == "accuracy" else "exp(-loss)"
        return f"{what} on a minibatch of validation, with shared weights"

    def on_devices(self, devices):
        if devices > 1:
            raise UsageError(
                f"Expected devices_per_child=1, as evaluator 'Shared' trains "
                f"one model on one device. Received: {devices}"
            )
        return self

    def check(self, space, task, strategy):
        mixed = self.sampling == "mixture"
        if mixed != strategy.learns_mixture:
            raise UsageError(
                f"Expected sampling='mixture' for strategy 'darts', and for no "
                f"other. Received: sampling='{self.sampling}' for "
                f"'{type(strategy).__name__}'"
            )
        figures = task.lesson().figures
        if self.reward not in figures:
            raise UsageError(
                f"Expected reward='loss', as the task has no accuracy but "
                f"{', '.join(figures)}. Received: '{self.reward}'"
            )
        precision = getattr(task, "precision", FULL)
        if precision != FULL:
            raise UsageError(
                f"Expected a task of precision='{FULL}' for shared weights. "
                f"Received: '{precision}'"
            )
        if self.sampling == "fair":
            _check_fair(space)
        if is_inherited(space, "build_shared"):
            # It refuses.
            space.build_shared(task)
        if self.path_dropout and not space.drops_paths:
            raise UsageError(
                f"Expected path_dropout=0 for a space that cannot drop paths. "
                f"Received: {self.path_dropout} for '{type(space).__name__}'"
            )

    def warm_up(self, space, task):
        import_keras()
        task.load("valid")

    def start(self, space, task, seed):
        from nas_tf.evaluators._shared_training import SharedTraining

        self._made.clear()
        with reading(task):
            training = SharedTraining(self, space, task, seed)
        self._made["task"] = task
        self._made["training"] = training
        self._made["judging"] = Judging(self, task, training)

    @property
    def training(self):
        """The `SharedTraining` of the search that was started."""
        return self._made["training"]

    def prepare(self, strategy, length, number, seed):
        scalars = {}
        with reading(self._made["task"]):
            if number % self.batches_per_phase == 0:
                scalars = self.training.train(
                    strategy, length, number == 0, seed
                )
            if self.is_prepared(number):
                self._made["judging"].draw(derive_seed(seed, "judge"))
        return scalars

    def is_prepared(self, number):
        return self.training.is_trained(number == 0)

    def preparation(self):
        training = self.training
        return training.steps, training.warm_up_steps, "minibatches"

    def state(self):
        return {
            **self.training.state(),
            "minibatch": self._made["judging"].numbers,
        }

    def set_state(self, arrays):
        with reading(self._made["task"]):
            self.training.set_state(arrays)
            self._made["judging"].choose(arrays["minibatch"])

    def evaluate(self, space, task, actions, seed):
        return self._made["judging"].on_minibatch(space, actions)

    def judge(self, space, task, actions, whole):
        return self._made["judging"].on_more(space, actions, whole)


def _check_fair(space):
    # A group of minibatches would have every subset once.
    if any(isinstance(d, Subset) and d.size > 1 for d in space.decisions):
        raise UsageError(
            f"Expected another sampling than 'fair' for skip connections, of "
            f"which there are too many subsets. Received: "
            f"'{type(space).__name__}'"
        )


make = Shared
