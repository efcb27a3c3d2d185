"""Judges architectures by weights that all of them share, as ENAS does.

H. Pham, M. Y. Guan, B. Zoph, Q. V. Le, J. Dean, "Efficient Neural Architecture
Search via Parameter Sharing", 2018. One model has the weights of all
architectures of a space. It is trained between the updates of the strategy, and
an architecture is judged by its loss on a minibatch, without any training of
its own.
"""

import dataclasses
import math
import time

import numpy as np

from nas_tf import checks
from nas_tf import trial
from nas_tf.errors import UsageError
from nas_tf.evaluators import _shared_examples
from nas_tf.evaluators import _shared_sampling
from nas_tf.evaluators.base import Evaluator
from nas_tf.lazy_keras import import_keras
from nas_tf.lazy_keras import set_random_seed
from nas_tf.seeds import derive_seed

REWARDS = ("loss", "accuracy")
SCHEDULES = ("cosine", "constant")
# So many phases in a row are rolled back before the search stops.
MOST_DIVERGED = 5


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

    Weights that a minibatch's architecture does not use stay as they are, see
    `nas_tf.training.sparse_momentum`. A phase of training whose loss is not
    finite is undone.

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
            ones (Guo et al. 2020, SPOS), which are a control; or "fair", with
            strict fairness (Chu et al. 2021, FairNAS): each step has every
            choice of each decision once, in as many minibatches.
        learning_rate: Initial learning rate, > 0. None (default) for the
            task's.
        schedule: "cosine" (default), which decays to 0 over `steps`, or
            "constant".
        momentum: Nesterov momentum in [0, 1). None (default) for the task's,
            or 0 if it has none.
        weight_decay: Coefficient of the coupled L2 penalty, >= 0, of the
            weights in use. None (default) for the task's, or 0.
        clip_norm: Upper bound of the global norm of the gradients, > 0. None
            (default) for the task's, if any.
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
    learning_rate: float | None = None
    schedule: str = "cosine"
    momentum: float | None = None
    weight_decay: float | None = None
    clip_norm: float | None = None
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
            "derive",
            "derive_examples",
            "derive_top",
        )
        checks.number(self, "warm_up_share", minimum=0, maximum=1)
        checks.number(self, "learning_rate", above=0, optional=True)
        checks.number(self, "clip_norm", above=0, optional=True)
        checks.number(self, "momentum", minimum=0, below=1, optional=True)
        checks.number(self, "weight_decay", minimum=0, optional=True)
        checks.one_of(self, "reward", REWARDS)
        checks.one_of(self, "sampling", ("strategy", "uniform", "fair"))
        checks.one_of(self, "schedule", SCHEDULES)
        object.__setattr__(self, "_made", _Made())

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

    def check(self, space, task):
        figures = task.lesson().figures
        if self.reward not in figures:
            raise UsageError(
                f"Expected reward='loss', as the task has no accuracy but "
                f"{', '.join(figures)}. Received: '{self.reward}'"
            )
        if _is_inherited(space, "build_shared"):
            # It refuses.
            space.build_shared(task)

    def warm_up(self, space, task):
        import_keras()
        task.load("valid")

    def start(self, space, task, seed):
        from nas_tf.evaluators._shared_weights import SharedWeights

        # As every child, so that the order of sums is always the same.
        import_keras().utils.clear_session()
        set_random_seed(derive_seed(seed, "shared weights"))
        fair = self.sampling == "fair"
        self._made.start(
            space,
            _shared_examples.of(task),
            SharedWeights(
                space.build_shared(task),
                task.lesson(),
                self._rate(task, space),
                _shared_sampling.group_size(space.decisions) if fair else 1,
                momentum=self._or_of(task, "momentum", 0.0),
                decay=self._or_of(task, "weight_decay", 0.0),
                global_clipnorm=self._or_of(task, "clip_norm", None),
            ),
        )

    def _or_of(self, task, name, default):
        """Returns an option, or the task's where it is None."""
        own = getattr(self, name)
        return getattr(task, name, default) if own is None else own

    def _rate(self, task, space):
        rate = self._or_of(task, "learning_rate", 0.1)
        if self.sampling == "fair":
            # The gradients of a step's minibatches are to be summed.
            rate *= _shared_sampling.group_size(space.decisions)
        if self.schedule == "constant":
            return rate
        keras = import_keras()
        return keras.optimizers.schedules.CosineDecay(rate, self.steps)

    def prepare(self, strategy, length, number, seed):
        made = self._made
        scalars = {}
        if number % self.batches_per_phase == 0 and made.steps < self.steps:
            scalars = self._train(strategy, length, number, seed)
        made.judge_on(
            made.examples.minibatch(derive_seed(seed, "judge"), self.examples)
        )
        return scalars

    def _train(self, strategy, length, number, seed):
        """Trains the weights as long as they are due before a batch."""
        scalars = {}
        count = self.steps_per_phase
        warm = round(self.warm_up_share * self.steps)
        if number == 0 and warm:
            count = warm
        last = min(self.steps, self._made.steps + count)
        while self._made.steps < last:
            left = min(self.steps_per_phase, last - self._made.steps)
            random = self.sampling != "strategy" or (number == 0 and warm > 0)
            piece = derive_seed(seed, "phase", self._made.steps)
            rows = self._rows(strategy, length, left, piece, random)
            scalars = self._phase(rows, piece)
        return scalars

    def _rows(self, strategy, length, count, seed, random):
        decisions = self._made.space.decisions[:length]
        if self.sampling == "fair":
            size = _shared_sampling.group_size(decisions)
            count = -(-count // size) * size
            return _shared_sampling.fair(decisions, count, seed)
        if random:
            return _shared_sampling.uniform(decisions, count, seed)
        samples = strategy.propose(count, length, seed)
        return np.array([sample.actions for sample in samples], np.int32)

    def _phase(self, rows, seed):
        made = self._made
        batches = made.examples.training(seed, made.steps)
        figures = made.weights.train(batches, rows)
        made.steps += len(rows)
        made.diverged = 0 if figures else made.diverged + 1
        if made.diverged == MOST_DIVERGED:
            raise UsageError(
                f"Expected shared weights whose loss stays finite. Received: "
                f"{MOST_DIVERGED} phases in a row that diverged; a smaller "
                f"learning_rate or clip_norm helps"
            )
        scalars = {f"shared/{k}": v for k, v in (figures or {}).items()}
        return {
            **scalars,
            "shared/steps": made.steps,
            "shared/rolled_back": float(figures is None),
        }

    def state(self):
        return self._made.state()

    def set_state(self, arrays):
        self._made.set_state(arrays)

    def evaluate(self, space, task, actions, seed):
        return self._judged(space, task, actions, self._made.judged_on)

    def judge(self, space, task, actions, whole):
        made = self._made
        if whole not in made.larger:
            numbers = None
            if not whole:
                # The same examples for every search of a task.
                numbers = made.examples.minibatch(0, self.derive_examples)
            made.larger[whole] = made.examples.batches(numbers)
        return self._judged(space, task, actions, made.larger[whole])

    def _judged(self, space, task, actions, judged_on):
        started = time.time()
        batches, examples = judged_on
        figures = self._made.weights.score(batches, np.array(actions, np.int32))
        loss = figures["loss"]
        known = {"spec": None, "params": None}
        spec = space.decode(actions)
        known["spec"] = spec.to_json()
        if not _is_inherited(space, "cost"):
            known["params"] = int(space.cost(spec, task).params)
        if hasattr(task, "scores"):
            figures = {**figures, **task.scores(loss)}
        known["metrics"] = {f"val_{k}": float(v) for k, v in figures.items()}
        known["metrics"]["examples"] = examples
        value = figures["accuracy"] if self.reward == "accuracy" else loss
        reward = value if self.reward == "accuracy" else math.exp(-value)
        outcome = {"status": trial.OK, "reward": float(reward)}
        if not all(map(math.isfinite, figures.values())):
            known["metrics"] = {}
            outcome = {
                "status": trial.NAN,
                "reward": task.failure_reward,
                "error": f"Expected a finite loss. Received: {loss}",
            }
        return trial.Result(
            **outcome,
            **known,
            started=started,
            seconds=time.time() - started,
        )


class _Made:
    """What a search makes: the weights, and how far they are trained.

    Attributes:
        steps: Number of minibatches that were trained on, or rolled back.
        diverged: Number of phases in a row that were rolled back.
        judged_on: What architectures are judged on, see `Examples.batches`.
        larger: The same at the end of a search, by whether it is the whole
            validation split.
    """

    def start(self, space, examples, weights):
        self.space = space
        self.examples = examples
        self.weights = weights
        self.steps = self.diverged = 0
        self.larger = {}
        self.judge_on(np.zeros(0, np.int64))

    def judge_on(self, numbers):
        """Chooses what `Examples.minibatch` returned."""
        self._numbers = numbers
        self.judged_on = None
        if len(numbers):
            self.judged_on = self.examples.batches(numbers)

    def state(self):
        return {
            **self.weights.state(),
            "minibatch": self._numbers,
            "progress": np.array([self.steps, self.diverged]),
        }

    def set_state(self, arrays):
        self.weights.set_state(arrays)
        self.steps, self.diverged = map(int, arrays["progress"])
        self.judge_on(arrays["minibatch"])


def _is_inherited(space, name):
    """Returns whether a space has a method from `SearchSpace` itself."""
    from nas_tf.spaces.base import SearchSpace

    return getattr(type(space), name) is getattr(SearchSpace, name)


make = Shared
