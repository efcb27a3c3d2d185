"""Does the loop slow down as a run grows? python -m benchmarks.loop_cost

A search of children that cost nothing, with all that a real one writes:
journal, checkpoint, TensorBoard, the best as a picture, rewards of equal
architectures taken over. Then the finished run is opened again.
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
    flags.DEFINE_string("space", "conv(num_layers=6)", "What is searched.")
    flags.DEFINE_string("strategy", "reinforce", "Who proposes.")
    flags.DEFINE_integer(
        "max_children", 100_000, "Children of the search.", lower_bound=1
    )
    flags.DEFINE_integer(
        "blocks", 10, "Parts of the search to compare.", lower_bound=1
    )


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
    """Notes when each trial was there, by the clock and in processor time."""

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
                f"{processor:.3f} ms of processor time, {seconds:.3f} ms by "
                f"the clock, median {median:.3f}",
                flush=True,
            )
        print(
            "the last part over the first: "
            + ", ".join(f"{b / a:.2f}" for a, b in zip(parts[0], parts[-1]))
        )
        began = time.perf_counter()
        clock = Clock()
        search(FLAGS.max_children + 1, clock)
        opened = clock.started - began
        print(f"going on with {FLAGS.max_children:,} trials: {opened:.1f} s")


def _part(clock, start, size):
    """Returns means a trial and the median, in ms."""
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
