"""How fast is a child trained? python -m benchmarks.training_speed

Trains the same children with the package's own step and with Keras's `compile`
and `fit`, in turns, in one process with one thread. Prints the time to the end
of the first step (including the building of the model) and of the whole
training, then the seconds per step with and without XLA, and the number of
steps from which XLA makes up for its compilation.
"""

import gc
import itertools
import os
import statistics
import time

from absl import flags

from benchmarks import common
from nas_tf import registry

FLAGS = flags.FLAGS


def define_flags():
    flags.DEFINE_list(
        "recipes",
        ["digits", "cifar10"],
        "Recipes: digits (the quickstart), cifar10 (the small recipe).",
    )
    flags.DEFINE_string("data_dir", None, "Folder of CIFAR-10.")
    flags.DEFINE_integer("children", 7, "Children per recipe.", lower_bound=1)
    flags.DEFINE_bool("xla", True, "Whether to measure XLA as well.")


def main():
    keras = common.import_keras()
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    for recipe in FLAGS.recipes:
        space, task = _parts(recipe)
        measure(recipe, space, task)


def _parts(recipe):
    if recipe == "digits":
        space, task = common.QUICKSTART_SPACE, common.QUICKSTART_TASK
    else:
        space = common.SMALL_CIFAR10_SPACE
        task = common.SMALL_CIFAR10_TASK.replace(
            "(", f"(data_dir={FLAGS.data_dir!r}, "
        )
    return registry.make("spaces", space), registry.make("tasks", task)


def measure(recipe, space, task):
    strategy = registry.make("strategies", "random_search")
    strategy.start(space, 0)
    samples = strategy.propose(FLAGS.children + 1, len(space.decisions), 0)
    ways = {"own step": _own, "Keras fit": _fit}
    times = {way: [] for way in ways}
    for number, sample in enumerate(samples):
        spec = space.decode(sample.actions)
        for way, train in ways.items():
            taken = _timed(space, task, spec, train)
            if number:  # the first child warms the process up
                times[way].append(taken)
    for index, what in enumerate(("first step", "whole child")):
        own, fit = ([t[index] for t in times[way]] for way in ways)
        ratio = statistics.median(a / b for a, b in zip(own, fit))
        print(
            f"{recipe}, {what}: own step {statistics.median(own):.2f} s, "
            f"Keras fit {statistics.median(fit):.2f} s (medians of "
            f"{len(own)}), ratio {ratio:.2f}, {1 / ratio:.2f} times as fast",
            flush=True,
        )
    if FLAGS.xla:
        _compare_xla(recipe, space, task, samples[1:4])


def _timed(space, task, spec, train):
    keras = common.import_keras()
    gc.collect()
    keras.utils.clear_session()
    keras.utils.set_random_seed(0)
    started = time.perf_counter()
    first_step = []

    def note():
        if not first_step:
            first_step.append(time.perf_counter() - started)

    train(space.build(spec, task), task, note)
    return first_step[0], time.perf_counter() - started


def _own(model, task, note):
    from nas_tf.training import fit as training
    from nas_tf.training.batches import weighted

    def batches(epoch):
        for number, batch in enumerate(task.batches("train", 0, epoch)):
            if number:
                note()
            yield batch

    training.fit(
        model,
        task.lesson(),
        optimizer=task.optimizer(),
        batches=batches,
        num_epochs=task.epochs,
        validation=weighted(*task.load("valid")),
        validate_last=task.reward_epochs,
        weight_decay=task.weight_decay,
    )


def _fit(model, task, note):
    """Trains with Keras alone, on whole arrays, which is fastest for it."""
    import keras
    import numpy as np

    class Note(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            note()

    batches = list(task.batches("train", 0, 0))
    images = np.concatenate([batch[0] for batch in batches])
    labels = np.concatenate([batch[1] for batch in batches])
    model.compile(
        task.optimizer(),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
        jit_compile=False,
    )
    model.fit(
        images,
        labels,
        batch_size=task.batch_size,
        epochs=task.epochs,
        validation_data=task.load("valid"),
        validation_batch_size=256,
        verbose=0,
        callbacks=[Note()],
    )


def _compare_xla(recipe, space, task, samples):
    """Prints the number of steps from which XLA pays, for a few children."""
    for sample in samples:
        spec = space.decode(sample.actions)
        (plain_first, plain), (xla_first, xla) = (
            _steps(space, task, spec, jit_compile)
            for jit_compile in (False, True)
        )
        cost = xla_first - plain_first
        pays = (
            f"from {cost / (plain - xla):.0f} steps" if xla < plain else "never"
        )
        print(
            f"{recipe}, a step: {1000 * plain:.1f} ms, with XLA "
            f"{1000 * xla:.1f} ms and {cost:.1f} s more to compile; XLA pays "
            f"{pays}",
            flush=True,
        )


def _steps(space, task, spec, jit_compile, count=20):
    from nas_tf.training import fit as training

    keras = common.import_keras()
    keras.utils.clear_session()
    keras.utils.set_random_seed(0)
    batch = next(iter(task.batches("train", 0, 0)))
    marks = [time.perf_counter()]

    def batches(epoch):
        for _ in range(count):
            yield batch
            marks.append(time.perf_counter())

    training.fit(
        space.build(spec, task),
        task.lesson(),
        optimizer=task.optimizer(),
        batches=batches,
        num_epochs=1,
        jit_compile=jit_compile,
    )
    steps = [b - a for a, b in itertools.pairwise(marks[2:])]
    return marks[1] - marks[0], statistics.median(steps)


if __name__ == "__main__":
    os.environ["OMP_NUM_THREADS"] = "1"
    common.run(main, define_flags)
