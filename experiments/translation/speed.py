"""Measures a training step of each cell, in seconds of the processor.

The clock would measure what else the machine does. One thread computes, on
batches of one shape, the most frequent one. One step comes first that is not
measured.
"""

import collections
import itertools
import time

from absl import flags

from benchmarks import common
from experiments.translation.scales import SCALES
from nas_tf import registry
from nas_tf.train import architectures

STEPS = 10


def define_flags():
    flags.DEFINE_enum("scale", "multi30k", list(SCALES), "As there.")
    # An argument of every `jobs.benchmark`.
    flags.DEFINE_string("executor", None, "Not used.")


def main():
    scale = SCALES[flags.FLAGS.scale]
    for cell in scale.cells:
        print(f"{cell}: {_seconds(scale, cell):.3f}", flush=True)


def _seconds(scale, cell):
    """Returns the seconds of a step."""
    from nas_tf.training import fit as training

    given = scale.flags(cell, scale.recipes()[0])
    task = registry.make("tasks", given["task"])
    found = architectures.find(given["architecture"], given["space"])
    [(_, spec)] = found.specs
    model = found.space.build(spec, task)
    engine = training.make_engine(model, task.lesson(), task.optimizer())
    batches = list(task.batches("train", 0, 0))
    shapes = collections.Counter(y.shape for _, y in batches)
    shape = max(shapes, key=shapes.get)
    batches = [batch for batch in batches if batch[1].shape == shape]
    engine.advance(batches[:1], None)
    chosen = itertools.islice(itertools.cycle(batches), STEPS)
    started = time.process_time()
    engine.advance(chosen, None)
    return (time.process_time() - started) / STEPS


if __name__ == "__main__":
    common.run(main, define_flags)
