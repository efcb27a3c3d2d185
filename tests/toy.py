"""Parts that are small enough to enumerate, for other tests.

The space asks one question of each kind; the evaluator answers from a
formula, so a search of it takes no training and no TensorFlow.
"""

import dataclasses
import itertools
import os
import signal
import time

from nas_tf import trial
from nas_tf.decisions import Categorical
from nas_tf.decisions import Pointer
from nas_tf.decisions import Subset
from nas_tf.evaluators.base import Evaluator
from nas_tf.spaces.base import SearchSpace
from nas_tf.specs.cost import Cost


@dataclasses.dataclass(frozen=True)
class ToySpace(SearchSpace):
    """Three operations, then pointers and subsets over two anchors."""

    width: int = 3

    @property
    def decisions(self):
        return (
            Categorical("op", self.width, anchor=True),
            Subset(1),
            Pointer(2, anchor=True),
            Subset(3),
            Categorical("op", self.width),
        )

    def build(self, spec, task):
        raise NotImplementedError

    def cost(self, spec, task):
        # A subset has the value of its bit mask.
        total = sum(
            sum(1 << bit for bit in choice)
            if isinstance(choice, tuple)
            else choice
            for choice in spec.choices
        )
        return Cost(params=100 * (1 + total), multiply_adds=0)

    def all_actions(self):
        """Returns every architecture, as a list of tuples."""
        choices = [range(d.num_actions) for d in self.decisions]
        return list(itertools.product(*choices))


@dataclasses.dataclass(frozen=True)
class ToyTask:
    """A task without data."""

    failure_reward = 0.0
    input_shape = (1,)
    input_dtype = "float32"
    num_outputs = 1
    measure = "quality"
    reward_formula = ""

    def check(self):
        pass

    def num_examples(self, split):
        return 100

    def show(self, value):
        return f"{value:.0f}"


def toy_reward(actions):
    """Returns a reward in [0, 1] that depends on every action."""
    score = sum((1 + i) * a % 7 for i, a in enumerate(actions))
    return (score % 11) / 10


@dataclasses.dataclass(frozen=True)
class ToyEvaluator(Evaluator):
    """Gives `toy_reward` after a pause, or misbehaves as it is told.

    Attributes:
        seconds: Length of the pause.
        misdeeds: Tuple of pairs `(seed modulo 10, misdeed)`.
    """

    seconds: float = 0.0
    misdeeds: tuple = ()

    def evaluate(self, space, task, actions, seed):
        started = time.time()
        time.sleep(self.seconds)
        MISDEEDS[dict(self.misdeeds).get(seed % 10, "none")]()
        return trial.Result(
            status=trial.OK,
            reward=toy_reward(actions),
            metrics={"quality": float(sum(actions))},
            spec=space.decode(actions).to_json(),
            params=space.cost(space.decode(actions), task).params,
            started=started,
            seconds=time.time() - started,
        )


def _hang():
    while True:
        time.sleep(0.1)


def _hang_native():
    # A loop in C keeps the interpreter's lock and handles no signals.
    sum(itertools.repeat(0))


def _allocate():
    hoard = []
    while True:
        hoard.append(bytearray(b"x" * 2**26))
        time.sleep(0.02)


MISDEEDS = {
    "none": lambda: None,
    "exit": lambda: os._exit(3),
    "exit_0": lambda: os._exit(0),
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "hang": _hang,
    "hang_native": _hang_native,
    "bug": lambda: [][1],
    "allocate": _allocate,
}
