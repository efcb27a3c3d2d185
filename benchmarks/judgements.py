"""Are judgements by shared weights bounded? python -m benchmarks.judgements

Runs a search by shared weights that writes everything a search writes, and
prints for each part of it the processor time of a judgement, training
included, the memory of the process and the size of the run directory.
"""

import pathlib
import tempfile
import time

import psutil
from absl import flags

from benchmarks import common
from nas_tf import registry
from nas_tf.search.observer import Observer
from nas_tf.search.run_search import run_search
from nas_tf.search.summaries import TensorBoard
from nas_tf.search.winner import Winner

FLAGS = flags.FLAGS
MB = 2**20


def define_flags():
    flags.DEFINE_string(
        "space", "nasbench201(channels=2, cells=1)", "Search space."
    )
    flags.DEFINE_string("task", "digits(learning_rate=0.05)", "Task.")
    flags.DEFINE_string(
        "strategy", "reinforce(moves=0, distinct=False)", "Strategy."
    )
    flags.DEFINE_string(
        "evaluator",
        "shared(steps=1000, steps_per_phase=24, batches_per_phase=100)",
        "Evaluator.",
    )
    flags.DEFINE_integer(
        "max_children", 20_000, "Number of judgements.", lower_bound=10
    )
    flags.DEFINE_integer("parts", 10, "Parts to compare.", lower_bound=1)


class Meter(Observer):
    """Prints what each part of a search took.

    Args:
        run_dir: The run directory, a string.
        size: Number of judgements of a part.
    """

    def __init__(self, run_dir, size):
        self.run_dir = pathlib.Path(run_dir)
        self.size = size
        self.count = 0
        self.rows = []  # milliseconds, memory and disk of each part

    def on_start(self, archive, rule):
        self.processor = time.process_time()

    def on_trial(self, archive, trial):
        self.count += 1
        if self.count % self.size:
            return
        now = time.process_time()
        milliseconds = (now - self.processor) / self.size * 1e3
        self.processor = now
        memory = psutil.Process().memory_info().rss / MB
        files = self.run_dir.rglob("*")
        disk = sum(p.stat().st_size for p in files if p.is_file()) / MB
        self.rows.append((milliseconds, memory, disk))
        print(
            f"to {self.count:,}: {milliseconds:.2f} ms of processor time a "
            f"judgement, {memory:.0f} MiB of memory, {disk:.1f} MiB of files",
            flush=True,
        )


def main():
    space = registry.make("spaces", FLAGS.space)
    with tempfile.TemporaryDirectory() as run_dir:
        meter = Meter(run_dir, max(1, FLAGS.max_children // FLAGS.parts))
        archive = run_search(
            space,
            FLAGS.task,
            strategy=FLAGS.strategy,
            evaluator=FLAGS.evaluator,
            run_dir=run_dir,
            max_children=FLAGS.max_children,
            observers=[meter, TensorBoard(space), Winner(space)],
        )
        kept = len(archive.derived)
    print(
        f"{kept} derived; {time.process_time():.0f} s of processor time in all"
    )


if __name__ == "__main__":
    common.run(main, define_flags)
