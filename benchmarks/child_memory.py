"""How much memory does a child take? python -m benchmarks.child_memory

Trains random architectures, each in a process of its own, and compares the
memory that training adds to the process with the estimate of it.
"""

import resource

import numpy as np
import psutil
from absl import flags

from benchmarks import common
from nas_tf import registry
from nas_tf.evaluators import memory_check
from nas_tf.executors.process import Process
from nas_tf.lazy_keras import import_keras
from nas_tf.machine import memory

FLAGS = flags.FLAGS


def define_flags():
    common.define_parts()
    flags.DEFINE_integer("count", 10, "Number of children.", lower_bound=1)


def measure(space, task, actions):
    """Trains a child, in the process it is called in.

    Returns:
        Tuple in bytes: the memory before, and what was added to it at most and
        by the estimate.
    """
    import_keras()
    from nas_tf.children.activations import activations

    task.load("valid")
    before = memory.used()
    spec = space.decode(actions)
    model = space.build(spec, task)
    task.fit(model, 0, space.recipe(spec))
    # Files that are mapped by now.
    mapped = psutil.Process().memory_info().rss - memory.used()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    estimate = memory_check.estimate(
        task.batch_size, activations(model), model.count_params()
    )
    return before, peak - before - mapped, estimate


def main():
    space = registry.make("spaces", FLAGS.space)
    task = registry.make("tasks", FLAGS.task)
    rng = np.random.default_rng(0)
    executor = Process(workers=1, recycle=1)
    print("In MB: before  added  estimate  added / estimate")
    for _ in range(FLAGS.count):
        row = tuple(decision.random(rng) for decision in space.decisions)
        sizes = executor.submit(measure, space, task, row).result()
        before, added, estimate = (size / 1e6 for size in sizes)
        print(
            f"{before:13.0f}  {added:5.0f}  {estimate:8.0f}  "
            f"{added / estimate:16.2f}",
            flush=True,
        )
    executor.stop()


if __name__ == "__main__":
    common.run(main, define_flags)
