"""How fast is a NASNet child trained? python -m benchmarks.cell_speed

First a training step of the same child by the package and by Keras's `fit`, in
turns, in one process with one thread: processor time and clock. Then forward
and backward passes of a depthwise convolution, the costly half of a separable
one, computed in several ways. Runs on TensorFlow; on JAX (KERAS_BACKEND=jax)
only the convolutions are measured.
"""

import functools
import gc
import os
import statistics
import time

import numpy as np
from absl import flags

from benchmarks import common
from nas_tf import registry

FLAGS = flags.FLAGS

TASK = "digits(image_size=32, train_examples=256, valid_examples=32, epochs=1)"
# Maps of the first and the last stage of a child of 32 filters on CIFAR-10.
MAPS = ((32, 32, 32, 32), (32, 8, 8, 128))


def define_flags():
    flags.DEFINE_string(
        "space",
        "nasnet(num_repeats=1, filters=16)",
        "Search space, whose published NASNet-A child is trained.",
    )
    flags.DEFINE_string("task", TASK, "Task that it is trained on.")
    flags.DEFINE_integer("rounds", 3, "Trainings each way.", lower_bound=1)
    flags.DEFINE_list("kernels", ["3", "5", "7"], "Sides of convolutions.")
    flags.DEFINE_bool("child", True, "Whether to measure a child.")


def main():
    keras = common.import_keras()
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        if FLAGS.child:
            _measure_child()
    for shape in MAPS:
        for side in map(int, FLAGS.kernels):
            _measure_convolution(shape, side)


def _measure_child():
    from benchmarks import training_speed
    from nas_tf.specs.nasnet import NASNET_A

    space = registry.make("spaces", FLAGS.space)
    task = registry.make("tasks", FLAGS.task)
    ways = {"own step": training_speed._own, "Keras fit": training_speed._fit}
    steps = {way: [] for way in ways}
    keras = common.import_keras()
    for number in range(FLAGS.rounds + 1):
        for way, train in ways.items():
            gc.collect()
            keras.utils.clear_session()
            keras.utils.set_random_seed(0)
            marks = []
            note = functools.partial(_note, marks)
            train(space.build(NASNET_A, task), task, note)
            taken = np.diff(marks, axis=0)[1:]
            if number:  # the first warms the process up
                steps[way].append(np.median(taken, axis=0))
    for index, clock in enumerate(("processor", "clock")):
        own, fit = ([row[index] for row in steps[way]] for way in ways)
        ratio = statistics.median(a / b for a, b in zip(own, fit))
        print(
            f"a step of {task.batch_size} pictures, {clock}: own step "
            f"{statistics.median(own):.3f} s, Keras fit "
            f"{statistics.median(fit):.3f} s (medians of {len(own)}), ratio "
            f"{ratio:.2f}",
            flush=True,
        )


def _note(marks):
    marks.append((time.process_time(), time.perf_counter()))


def _measure_convolution(shape, side):
    """Prints the time of forward and backward passes in several ways."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=shape).astype(np.float32)
    kernel = rng.normal(size=(side, side, shape[-1], 1)).astype(np.float32)
    wanted = None
    for way, function, compiled in (
        ("depthwise", _depthwise, False),
        ("depthwise, XLA", _depthwise, True),
        ("sum of shifts", _shifted, False),
        ("sum of shifts, XLA", _shifted, True),
        ("convolution to all filters", _dense, False),
    ):
        weights = kernel
        if function is _dense:
            weights = np.repeat(kernel, shape[-1], axis=-1)
        run = _gradients(function, compiled)
        found = run(x, weights)
        if wanted is None:
            wanted = found
        elif function is not _dense:
            for one, other in zip(found, wanted):
                np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-3)
        times = []
        for _ in range(5):
            began = time.process_time()
            run(x, weights)
            times.append(time.process_time() - began)
        numbers = np.prod(shape) * side**2 * 3 / min(times)
        print(
            f"{shape}, {side}x{side}, {way}: {1000 * min(times):.1f} ms, "
            f"{numbers / 1e9:.2f} billion multiply-adds a second"
            + (" of those of one filter" if function is _dense else ""),
            flush=True,
        )


def _depthwise(x, kernel):
    from keras import ops

    return ops.depthwise_conv(x, kernel, padding="same")


def _dense(x, kernel):
    from keras import ops

    return ops.conv(x, kernel, padding="same")


def _shifted(x, kernel):
    from keras import ops

    side, (_, height, width, _) = kernel.shape[0], x.shape
    edge = (side // 2, side // 2)
    padded = ops.pad(x, ((0, 0), edge, edge, (0, 0)))
    total = 0
    for row in range(side):
        for column in range(side):
            part = padded[:, row : row + height, column : column + width]
            total = total + part * kernel[row, column, :, 0]
    return total


def _gradients(function, compiled):
    """Returns a function to the gradients of the sum of squares, arrays."""
    keras = common.import_keras()
    if keras.backend.backend() == "jax":
        import jax

        # JAX always compiles with XLA.
        step = jax.jit(
            jax.grad(lambda x, k: (function(x, k) ** 2).sum(), argnums=(0, 1))
        )
        return lambda *arrays: [np.asarray(g) for g in step(*arrays)]
    import tensorflow as tf

    @tf.function(jit_compile=compiled, autograph=False)
    def step(x, kernel):
        with tf.GradientTape() as tape:
            tape.watch([x, kernel])
            loss = tf.reduce_sum(function(x, kernel) ** 2)
        return tape.gradient(loss, [x, kernel])

    return lambda *arrays: [g.numpy() for g in step(*map(tf.constant, arrays))]


if __name__ == "__main__":
    os.environ["OMP_NUM_THREADS"] = "1"
    common.run(main, define_flags)
