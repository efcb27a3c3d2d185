"""Trains one network with each optimizer of a space, at its best rate.

Prints a line of JSON for each: its name, its measure on the test data, its
rate.
"""

import dataclasses
import json
import sys

from absl import app
from absl import flags

from nas_tf import registry
from nas_tf import trial
from nas_tf.evaluators.tuned import Tuned
from nas_tf.seeds import derive_seed

FLAGS = flags.FLAGS


@dataclasses.dataclass(frozen=True)
class _Tested(Tuned):
    """Also measures the trained child on the test data."""

    tested: list = dataclasses.field(default_factory=list)

    def _train(self, *arguments):
        outcome = super()._train(*arguments)
        outcome["metrics"]["test"] = self.tested.pop()
        return outcome

    def _fit(self, task, model, *arguments):
        history = super()._fit(task, model, *arguments)
        self.tested.append(task.evaluate(model, "test")[task.measure])
        return history


def main(argv):
    del argv
    print("Command:", " ".join(sys.argv[1:]), flush=True)
    space = registry.make("spaces", FLAGS.space)
    task = registry.make("tasks", FLAGS.task)
    executor = registry.make("executors", FLAGS.executor)
    seed = derive_seed(FLAGS.seed, "comparison")
    try:
        [decision] = space.decisions
        for action in range(decision.size):
            result = executor.submit(
                _Tested().evaluate, space, task, (action,), seed
            ).result()
            if result.status not in (trial.OK, trial.NAN):
                sys.exit(result.error)
            record = {
                "optimizer": decision.choice(action),
                "status": result.status,
                "test": result.metrics.get("test"),
                "learning_rate": result.metrics.get("learning_rate"),
            }
            print(json.dumps(record), flush=True)
    finally:
        executor.stop()


def read(text):
    """Returns the records of the output, a list of dicts."""
    lines = [line for line in text.splitlines() if line.startswith("{")]
    return [json.loads(line) for line in lines]


if __name__ == "__main__":
    flags.DEFINE_string("space", None, "Call string of a `Compared`.")
    flags.DEFINE_string("task", None, "Call string of the task.")
    flags.DEFINE_string("executor", "inline", "Call string of the executor.")
    flags.DEFINE_integer("seed", 0, "Seed of weights and batches.")
    flags.mark_flags_as_required(["space", "task"])
    app.run(main)
