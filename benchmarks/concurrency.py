"""Are workers kept busy? python -m benchmarks.concurrency

Real searches of children that only sleep, so that many workers fit on few
cores: which part of their time children took, from when the last worker had
begun its first child to the last submission.
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
        "Engines; each is given the argument workers.",
    )
    flags.DEFINE_multi_integer(
        "workers", [8, 64], "Numbers of workers; one a flag.", lower_bound=1
    )
    flags.DEFINE_float("seconds", 5.0, "Length of a child.", lower_bound=0)
    flags.DEFINE_integer("rounds", 12, "Children a worker.", lower_bound=1)
    flags.DEFINE_string("strategy", "reinforce", "Who proposes.")


@dataclasses.dataclass(frozen=True)
class Choices(SearchSpace):
    """Twelve decisions, so that there is something to propose."""

    decisions = (Categorical("choice", 4),) * 12

    def build(self, spec, task):
        raise NotImplementedError


@dataclasses.dataclass(frozen=True)
class Sleeping(Evaluator):
    """Takes its time and says which process it slept in."""

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
                f"s: {use:.1%} of their time used; all were up after "
                f"{up:.1f} s",
                flush=True,
            )


def measure(executor, workers):
    """Returns the use of the workers, and seconds until all had begun."""
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
    # Workers that replaced others come later.
    up = begins[workers - 1]
    return simulation.utilisation(trials, workers, begin=up), up - submitted


if __name__ == "__main__":
    common.run(main, define_flags)
