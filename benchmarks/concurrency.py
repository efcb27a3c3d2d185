"""Are workers kept busy? python -m benchmarks.concurrency

Runs real searches whose children only sleep, so that many workers fit on few
cores. Prints the fraction of the workers' time that children took, from the
moment when every worker has begun its first child to the last submission.
"""

import dataclasses
import os
import time

from absl import flags

from benchmarks import common
from benchmarks import simulation
from nas_tf import registry
from nas_tf import trial
from nas_tf.decisions import Categorical
from nas_tf.evaluators.base import Evaluator
from nas_tf.search.run_search import run_search
from nas_tf.spaces.base import SearchSpace

FLAGS = flags.FLAGS


def define_flags():
    flags.DEFINE_list(
        "executors",
        ["process", "ray"],
        "Names of executors that have an option `workers`.",
    )
    flags.DEFINE_multi_integer(
        "workers",
        [8, 64],
        "Number of workers; repeat the flag for more.",
        lower_bound=1,
    )
    flags.DEFINE_float(
        "seconds", 5.0, "Duration of a child in seconds.", lower_bound=0
    )
    flags.DEFINE_integer("rounds", 12, "Children per worker.", lower_bound=1)
    flags.DEFINE_string("strategy", "reinforce", "Search strategy.")


@dataclasses.dataclass(frozen=True)
class Choices(SearchSpace):
    """Twelve decisions without any meaning."""

    decisions = (Categorical("choice", 4),) * 12

    def build(self, spec, task):
        raise NotImplementedError


@dataclasses.dataclass(frozen=True)
class Sleeping(Evaluator):
    """Sleeps, and records the process it slept in."""

    seconds: float
    needs_task = False

    def evaluate(self, space, task, actions, seed):
        started = time.time()
        time.sleep(self.seconds)
        return trial.Result(
            status=trial.OK,
            reward=sum(actions) / (3 * len(actions)),
            metrics={"process": os.getpid()},
            started=started,
            seconds=time.time() - started,
        )


def main():
    for engine in FLAGS.executors:
        for workers in FLAGS.workers:
            executor = registry.make(
                "executors", f"{engine}(workers={workers})"
            )
            try:
                use, up = measure(executor, workers)
            finally:
                executor.stop()
            print(
                f"{engine}, {workers} workers, children of {FLAGS.seconds:g} "
                f"s: {use:.1%} of their time used; all had started after "
                f"{up:.1f} s",
                flush=True,
            )


def measure(executor, workers):
    """Returns the utilisation, and the seconds until all workers had begun."""
    submitted = time.time()
    trials = run_search(
        Choices(),
        strategy=FLAGS.strategy,
        evaluator=Sleeping(FLAGS.seconds),
        executor=executor,
        max_children=workers * FLAGS.rounds,
    ).trials
    first = {}
    for t in sorted(trials, key=lambda t: t.result.started):
        first.setdefault(t.result.metrics["process"], t.result.started)
    begins = sorted(first.values())
    # Later ones are workers that replaced others.
    up = begins[workers - 1]
    return simulation.utilisation(trials, workers, begin=up), up - submitted


if __name__ == "__main__":
    common.run(main, define_flags)
