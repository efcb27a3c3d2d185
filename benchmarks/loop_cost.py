"""Does the loop slow down as a run grows? python -m benchmarks.loop_cost

Runs a search whose children cost nothing but which writes everything a real
search writes: journal, checkpoint, TensorBoard and a drawing of the best
architecture. Rewards of equal architectures are reused. Then the finished run
is resumed.
"""

import dataclasses
import hashlib
import itertools
import statistics
import tempfile
import time

from absl import flags

from benchmarks import common
from nas_tf import registry
from nas_tf import trial
from nas_tf.evaluators.base import Evaluator
from nas_tf.search.observer import Observer
from nas_tf.search.run_search import run_search
from nas_tf.search.summaries import TensorBoard
from nas_tf.search.winner import Winner

FLAGS = flags.FLAGS


def define_flags():
    flags.DEFINE_string("space", "conv(num_layers=6)", "Search space.")
    flags.DEFINE_string("strategy", "reinforce", "Search strategy.")
    flags.DEFINE_integer(
        "max_children", 100_000, "Number of children.", lower_bound=1
    )
    flags.DEFINE_integer(
        "blocks",
        10,
        "Number of equal parts of the search to compare.",
        lower_bound=1,
    )


@dataclasses.dataclass(frozen=True)
class Hashed(Evaluator):
    """Gives each architecture an arbitrary but fixed reward."""

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
    """Records the elapsed and the CPU time at each finished trial."""

    def on_start(self, archive, rule):
        self.started = time.perf_counter()
        self.seconds = [self.started]
        self.processor = [time.process_time()]

    def on_trial(self, archive, trial):
        self.seconds.append(time.perf_counter())
        self.processor.append(time.process_time())


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
        parts = [
            _part(clock, start, size)
            for start in range(0, size * FLAGS.blocks, size)
        ]
        for number, (processor, seconds, median) in enumerate(parts):
            print(
                f"trials {number * size:,} to {(number + 1) * size:,}: "
                f"{processor:.3f} ms of CPU time per trial, {seconds:.3f} ms "
                f"elapsed, median {median:.3f}",
                flush=True,
            )
        print(
            "ratio of the last part to the first: "
            + ", ".join(f"{b / a:.2f}" for a, b in zip(parts[0], parts[-1]))
        )
        began = time.perf_counter()
        clock = Clock()
        search(FLAGS.max_children + 1, clock)
        opened = clock.started - began
        print(f"resuming with {FLAGS.max_children:,} trials: {opened:.1f} s")


def _part(clock, start, size):
    """Returns mean CPU time, mean elapsed and median elapsed time, in ms."""
    stop = start + size
    seconds = clock.seconds[start : stop + 1]
    steps = [b - a for a, b in itertools.pairwise(seconds)]
    processor = clock.processor[stop] - clock.processor[start]
    return (
        processor / size * 1e3,
        sum(steps) / size * 1e3,
        statistics.median(steps) * 1e3,
    )


if __name__ == "__main__":
    common.run(main, define_flags)
