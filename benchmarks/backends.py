"""How fast does a backend train? python -m benchmarks.backends

Trains the paper's two networks on a little real data, with the same code as
`nas_tf.train`: nas_conv_v1 on images of CIFAR-10 and a language model of
NASCells on Penn Treebank. Prints the losses, and elapsed and CPU seconds: of
the first epoch, which includes compilation, and of a step in later epochs,
which includes its part of the validation. Run it once for each backend:

    for backend in tensorflow jax; do
      KERAS_BACKEND=$backend python -m benchmarks.backends --data_dir=DIR
    done

DIR contains cifar-10-batches-bin/ and ptb/.
"""

import itertools
import os
import statistics
import time

from absl import flags

from benchmarks import common
from nas_tf import registry
from nas_tf.lazy_keras import import_keras
from nas_tf.lazy_keras import set_random_seed

FLAGS = flags.FLAGS
PICTURES = (
    "cifar10(data_dir={!r}, train_examples={}, valid_examples=128, "
    "batch_size={}, epochs={}, augment=False, learning_rate=0.05, "
    "reward_epochs=1)"
)
TEXT = (
    "ptb(data_dir={!r}, train_tokens={}, valid_tokens=7_000, epochs={}, "
    "learning_rate=0.5, decay=2, decay_after=3)"
)
CELLS = "tree(skeleton='language_model(params={}, init_range=0.2)')"


def define_flags():
    flags.DEFINE_string("data_dir", ".", "Folder that contains both data sets.")
    flags.DEFINE_list(
        "networks",
        ["pictures", "text"],
        "Which networks are trained: pictures, text.",
    )
    flags.DEFINE_integer(
        "examples", 160, "Number of training images.", lower_bound=1
    )
    flags.DEFINE_integer("batch_size", 16, "Images per step.", lower_bound=1)
    flags.DEFINE_integer(
        "tokens", 49_000, "Number of training words.", lower_bound=1
    )
    flags.DEFINE_integer(
        "params", 1_500_000, "Parameters of the language model.", lower_bound=1
    )
    flags.DEFINE_integer("epochs", 4, "Epochs of each training.", lower_bound=1)


def main():
    for name in FLAGS.networks:
        (train_pictures if name == "pictures" else train_text)()
    print(
        f"Load of this machine, including this benchmark: "
        f"{os.getloadavg()[1]:.1f}"
    )


def train_pictures():
    from nas_tf import applications

    task = registry.make(
        "tasks",
        PICTURES.format(
            FLAGS.data_dir, FLAGS.examples, FLAGS.batch_size, FLAGS.epochs
        ),
    )
    steps = FLAGS.examples // FLAGS.batch_size
    train("nas_conv_v1", task, applications.NASConvNetV1, steps)


def train_text():
    from nas_tf.specs import tree

    folder = os.path.join(FLAGS.data_dir, "ptb")
    task = registry.make(
        "tasks", TEXT.format(folder, FLAGS.tokens, FLAGS.epochs)
    )
    space = registry.make("spaces", CELLS.format(FLAGS.params))
    inputs, _ = task.load("train")
    seconds = train(
        "NASCell",
        task,
        lambda: space.build(tree.NAS_CELL, task),
        inputs.shape[1] // task.steps,
    )
    rate = task.batch_size * task.steps / seconds
    print(f"NASCell: {rate:,.0f} words a second", flush=True)


def train(name, task, build, steps):
    """Trains a model and prints its losses; returns the seconds per step."""
    keras = import_keras()
    keras.utils.clear_session()
    set_random_seed(0)
    task.check()
    model = build()
    clock, processor = [time.perf_counter()], [time.process_time()]

    def on_epoch(epoch, logs):
        clock.append(time.perf_counter())
        processor.append(time.process_time())
        value = logs[f"val_{task.measure}"]
        print(
            f"{name}, epoch {epoch + 1}: loss {logs['loss']:.4f}, "
            f"{task.measure} {task.show(logs[task.measure])}, validated "
            f"{'no' if value is None else task.show(value)}",
            flush=True,
        )

    task.fit(model, 0, on_epoch=on_epoch)
    [first, *rest], [first_of_cpu, *rest_of_cpu] = (
        [after - before for before, after in itertools.pairwise(marks)]
        for marks in (clock, processor)
    )
    step, step_of_cpu = (
        statistics.median(epochs) / steps for epochs in (rest, rest_of_cpu)
    )
    print(
        f"{name}: {model.count_params():,} parameters, {steps} steps an "
        f"epoch; first epoch {first:.1f} s ({first_of_cpu:.1f} s of "
        f"processors), then a step {step:.3f} s ({step_of_cpu:.3f} s)",
        flush=True,
    )
    return step


if __name__ == "__main__":
    common.run(main, define_flags)
