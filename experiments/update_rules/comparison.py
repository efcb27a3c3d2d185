"""Trains one network with each optimizer of a space, at its best rate.

Prints a line of JSON for each: its name, its measure on the test data, its
rate. Of rules that step alike one is trained; the others' lines have its
measure, and its name under "same_as".
"""

import dataclasses
import json
import sys

import numpy as np
from absl import app
from absl import flags

from nas_tf import registry
from nas_tf import trial
from nas_tf.evaluators.tuned import Tuned
from nas_tf.lazy_keras import import_keras
from nas_tf.lazy_keras import set_random_seed
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


def steps(optimizer):
    """Returns 100 weights, an array, after five steps of random gradients.

    Args:
        optimizer: Callable that returns an optimizer of a learning rate.
    """
    keras = import_keras()
    set_random_seed(0)
    generator = np.random.default_rng(0)
    weights = keras.Variable(generator.normal(size=100), dtype="float32")
    made = optimizer(0.01)
    for scale in (1, 0.1, 1e-2, 1e-3, 1):
        gradient = scale * generator.normal(size=100)
        made.apply([keras.ops.cast(gradient, "float32")], [weights])
    return np.asarray(keras.ops.convert_to_numpy(weights))


def first_alike(space):
    """Returns for each optimizer the first that steps as it does, a list."""
    [decision] = space.decisions
    done = [
        steps(space.recipe(space.decode((action,))).optimizer)
        for action in range(decision.size)
    ]
    return [
        next(place for place, other in enumerate(done) if (other == one).all())
        for one in done
    ]


def main(argv):
    del argv
    print("Command:", " ".join(sys.argv[1:]), flush=True)
    space = registry.make("spaces", FLAGS.space)
    task = registry.make("tasks", FLAGS.task)
    executor = registry.make("executors", FLAGS.executor)
    seed = derive_seed(FLAGS.seed, "comparison")
    try:
        [decision] = space.decisions
        records = []
        for action, first in enumerate(first_alike(space)):
            if first < action:
                records.append(
                    {
                        **records[first],
                        "optimizer": decision.choice(action),
                        "same_as": records[first]["optimizer"],
                    }
                )
                print(json.dumps(records[-1]), flush=True)
                continue
            result = executor.submit(
                _Tested().evaluate, space, task, (action,), seed
            ).result()
            if result.status not in (trial.OK, trial.NAN):
                sys.exit(result.error)
            records.append(
                {
                    "optimizer": decision.choice(action),
                    "status": result.status,
                    "test": result.metrics.get("test"),
                    "learning_rate": result.metrics.get("learning_rate"),
                }
            )
            print(json.dumps(records[-1]), flush=True)
    finally:
        executor.stop()


def read(text):
    """Returns the records of the last of the outputs, a list of dicts."""
    last = text.rpartition("Command:")[2]
    lines = [line for line in last.splitlines() if line.startswith("{")]
    return [json.loads(line) for line in lines]


if __name__ == "__main__":
    flags.DEFINE_string("space", None, "Call string of a `Compared`.")
    flags.DEFINE_string("task", None, "Call string of the task.")
    flags.DEFINE_string("executor", "inline", "Call string of the executor.")
    flags.DEFINE_integer("seed", 0, "Seed of weights and batches.")
    flags.mark_flags_as_required(["space", "task"])
    app.run(main)
