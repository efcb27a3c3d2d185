"""Does the loop slow down as a run grows? python -m benchmarks.loop_cost

A search of children that cost nothing, with all that a real one writes:
journal, checkpoint, TensorBoard, the best as a picture, rewards of equal
architectures taken over. Then the finished run is opened again.
"""

import dataclasses
import hashlib
import statistics
import tempfile
import time

from absl import flags

from benchmarks import common
from nas_tf import registry
from nas_tf import trial
from nas_tf.evaluators.base import Evaluator
from nas_tf.observer import Observer
from nas_tf.search_loop import run_search
from nas_tf.summaries import TensorBoard
from nas_tf.winner import Winner

FLAGS = flags.FLAGS


def define_flags():
    flags.DEFINE_string("space", "conv(num_layers=6)", "What is searched.")
    flags.DEFINE_string("strategy", "reinforce", "Who proposes.")
    flags.DEFINE_integer("max_children", 100_000, "Children of the search.")
    flags.DEFINE_integer("blocks", 10, "Parts of the search to compare.")


@dataclasses.dataclass(frozen=True)
class Hashed(Evaluator):
    """Gives each architecture a reward that means nothing."""

    needs_task = False

    def evaluate(self, space, task, actions, seed):
        digest = hashlib.sha256(repr(actions).encode()).digest()
        accuracy = digest[0] / 256
        return trial.Result(
            status=trial.OK,
            reward=accuracy**3,
            metrics={"val_accuracy": accuracy, "val_loss": 1 - accuracy},
            spec=space.decode(actions).to_json(),
            params=digest[1],
            started=time.time(),
        )


class Clock(Observer):
    """Notes how long each trial took, from the one before it."""

    def on_start(self, archive, rule):
        self.started = self.last = time.perf_counter()
        self.seconds = []

    def on_trial(self, archive, trial):
        now = time.perf_counter()
        self.seconds.append(now - self.last)
        self.last = now


def main():
    space = registry.make("spaces", FLAGS.space)
    clock = Clock()
    with tempfile.TemporaryDirectory() as run_dir:

        def search(max_children, *observers):
            run_search(
                space,
                strategy=FLAGS.strategy,
                evaluator=Hashed(),
                run_dir=run_dir,
                max_children=max_children,
                reuse_rewards=True,
                observers=[*observers, TensorBoard(space), Winner(space)],
            )

        search(FLAGS.max_children, clock)
        size = FLAGS.max_children // FLAGS.blocks
        means = []
        for start in range(0, size * FLAGS.blocks, size):
            block = clock.seconds[start : start + size]
            means.append(statistics.mean(block) * 1e3)
            print(
                f"trials {start:,} to {start + size:,}: mean "
                f"{means[-1]:.3f} ms, median "
                f"{statistics.median(block) * 1e3:.3f} ms",
                flush=True,
            )
        print(f"the last part over the first: {means[-1] / means[0]:.2f}")
        began = time.perf_counter()
        clock = Clock()
        search(FLAGS.max_children + 1, clock)
        opened = clock.started - began
        print(f"going on with {FLAGS.max_children:,} trials: {opened:.1f} s")


if __name__ == "__main__":
    common.run(main, define_flags)
