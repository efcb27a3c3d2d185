"""Shared code of the benchmarks."""

import os
import platform
import sys
import time

from absl import flags

from nas_tf import commands
from nas_tf import registry
from nas_tf.lazy_keras import import_keras

FLAGS = flags.FLAGS

# Equal to the flagfiles in flags/; a test compares them.
QUICKSTART_SPACE = "conv(num_layers=4, num_filters=(4, 8, 12, 16))"
QUICKSTART_TASK = "digits"
SMALL_CIFAR10_SPACE = "conv(num_layers=4, num_filters=(4, 8, 16))"
SMALL_CIFAR10_TASK = (
    "cifar10(image_size=16, train_examples=2000, valid_examples=1500, "
    "epochs=4, batch_size=64, augment=False)"
)


def define_parts():
    """Defines the flags --space, --task and --executor."""
    flags.DEFINE_string("space", QUICKSTART_SPACE, "Search space.")
    flags.DEFINE_string(
        "task", QUICKSTART_TASK, "Task that children are trained on."
    )
    flags.DEFINE_string(
        "executor", "process", "Executor: where children are trained."
    )


def run(main, define_flags=None):
    """Prints the command, the date and the machine, then calls `main()`.

    Flags are defined here, not at import, so that tests can import several
    benchmarks. This function does not return. As in every command, a user's
    mistake is reported in one line, with exit code 2.
    """
    if define_flags is not None:
        define_flags()

    def start(argv):
        del argv
        keras = import_keras()
        print("Command:", "python", " ".join(sys.orig_argv[1:]))
        print(
            f"Machine: {len(os.sched_getaffinity(0))} cores of "
            f"{platform.machine()}, Keras {keras.__version__} on "
            f"{keras.backend.backend()}, {time.strftime('%Y-%m-%d')}",
            flush=True,
        )
        main()

    commands.run(start)


def evaluate_all(executor, space, task, jobs):
    """Trains architectures in parallel and returns their results.

    Args:
        executor: `Executor`.
        space: `SearchSpace`.
        task: `Task`.
        jobs: List of pairs `(actions, seed)`.

    Returns:
        List of `Result`, in the order of `jobs`.
    """
    evaluator = registry.make("evaluators", "standalone")
    futures = [
        executor.submit(evaluator.evaluate, space, task, actions, seed)
        for actions, seed in jobs
    ]
    return [future.result() for future in futures]


def mean_and_error(values):
    """Returns the mean of numbers and its standard error.

    Args:
        values: Sequence of at least two numbers.
    """
    count = len(values)
    mean = sum(values) / count
    variance = sum((value - mean) ** 2 for value in values) / (count - 1)
    return mean, (variance / count) ** 0.5
