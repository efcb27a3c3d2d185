"""Trains an architecture in full: python -m nas_tf.train --architecture=RUN.

The best architecture of a run, a spec.json or a published network is trained
in full, tested on examples that played no part in any choice, and exported as
a model that loads without this package. To continue a training that was
stopped, run the same command again.
"""

import contextlib
import errno
import json
import os
import pathlib
import sys

from absl import flags

from nas_tf import commands
from nas_tf.errors import UsageError
from nas_tf.lazy_keras import import_keras
from nas_tf.machine import places
from nas_tf.runs import directory
from nas_tf.runs import flagfile

FLAGS = flags.FLAGS

_OWN_FLAGS = (
    flags.DEFINE_string(
        "architecture",
        None,
        "What to train: a run's directory, a file such as spec.json, or the "
        "name of a published network.",
    ),
    flags.DEFINE_string(
        "task",
        None,
        "The task to train on. Default: the task that the architecture was "
        "found on.",
    ),
    flags.DEFINE_string(
        "space",
        None,
        "The search space that builds the model. Default: the space that the "
        "architecture was found in.",
    ),
    flags.DEFINE_integer(
        "epochs",
        None,
        "Epochs of the full training. Default: those of --task if it is given, "
        "otherwise ten times as many as a child had.",
        lower_bound=1,
    ),
    flags.DEFINE_integer(
        "top_k",
        1,
        "How many of the run's best architectures to train for trial_epochs. "
        "The best of them is then trained in full.",
        lower_bound=1,
    ),
    flags.DEFINE_integer(
        "ensemble",
        1,
        "How many of the run's best architectures to train in full, for one "
        "model that returns the mean of their outputs. 1 is no ensemble.",
        lower_bound=1,
    ),
    flags.DEFINE_string(
        "grid",
        None,
        "Options of the task or the space to try in every combination, for "
        "example grid(learning_rate=(0.05, 0.1), weight_decay=(1e-4, 5e-4)).",
    ),
    flags.DEFINE_integer(
        "trial_epochs",
        None,
        "Epochs of each short training of top_k and grid. Default: a quarter "
        "of epochs.",
        lower_bound=1,
    ),
    flags.DEFINE_integer(
        "add_filters",
        0,
        "Filters to add to every layer of a convolutional network.",
        lower_bound=0,
    ),
    flags.DEFINE_string(
        "executor",
        "process",
        "Where the short trainings of top_k and grid run.",
    ),
    flags.DEFINE_list(
        "export",
        None,
        "Further formats of the exported model: onnx, tflite, tflite_int8, "
        "separated by commas. After a training that is finished, the same "
        "command with this flag only adds them.",
    ),
    flags.DEFINE_integer(
        "devices",
        None,
        "Devices of each training. Default: all GPUs, or the processor if "
        "there is none.",
        lower_bound=1,
    ),
    flags.DEFINE_float("max_minutes", None, commands.MAX_MINUTES_HELP),
    flags.DEFINE_integer(
        "seed", 0, "Seed that all randomness derives from.", lower_bound=0
    ),
    flags.DEFINE_string(
        "output",
        None,
        "Directory for all results. Default: RUN/trained for a run, "
        "RUN/trained_ensemble for an ensemble, runs/NAME for a file or a "
        "published network.",
    ),
)

FLAGS_FILE = "flags.txt"
NOT_WRITTEN = {
    errno.EACCES,
    errno.EDQUOT,
    errno.EFBIG,
    errno.ENOSPC,
    errno.EROFS,
}


def main(argv):
    if len(argv) > 1:
        raise UsageError(f"Expected flags only. Received: {argv[1]}")
    if not FLAGS.architecture:
        raise UsageError(
            "Expected --architecture=RUN, a run's directory, or a spec.json or "
            "a published name. Received: none"
        )
    # A name such as that of a published architecture stays as it is.
    FLAGS.architecture = str(places.local(FLAGS.architecture))
    if FLAGS.output:
        FLAGS.output = str(places.local(FLAGS.output))
    # The process that scores the exported model needs memory on the GPU too.
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    _follow_a_moved_training()
    folder = _output()
    kept = folder / FLAGS_FILE
    with commands.orderly_end("nas_tf.train", kept, FLAGS.max_minutes):
        # Worker processes import this module too and do not need these.
        from nas_tf import registry
        from nas_tf.train import formats
        from nas_tf.train import plan as plans

        plan = plans.make(
            FLAGS.architecture,
            task=FLAGS.task,
            space=FLAGS.space,
            epochs=FLAGS.epochs,
            top_k=FLAGS.top_k,
            grid=FLAGS.grid,
            trial_epochs=FLAGS.trial_epochs,
            add_filters=FLAGS.add_filters,
            seed=FLAGS.seed,
            ensemble=FLAGS.ensemble,
        )
        registry.check("executors", FLAGS.executor)
        plan.check()
        model = folder / "model"
        also = formats.wanted(FLAGS.export or (), model)
        formats.check(also, plan.task)
        with plans.hold(plan, folder), _told(folder):
            commands.write_flags(_OWN_FLAGS, kept)
            # Only this way Keras is loaded without messages of TensorFlow.
            import_keras()
            from nas_tf.train import procedure

            devices = FLAGS.devices or procedure.all_devices()
            procedure.run(plan, folder, FLAGS.executor, devices, also)
    tensorboard = commands.typed_program("tensorboard")
    use = (
        f"{commands.typed('nas_tf.predict')} {commands.quoted(folder)} FILES..."
    )
    if plan.task.kind == "translation":
        translate = commands.typed("nas_tf.translate")
        use = f"{translate} --model={commands.quoted(folder)} < FILE"
    events = commands.quoted(_watched(folder))
    file = json.dumps(str(model / "model.keras"), ensure_ascii=False)
    print(
        f"""
Model, spec, picture and card:  {model}
The training, as curves:        {tensorboard} --logdir={events}
Use it on files:                {use}
Load it:  keras.models.load_model({file})"""
    )


def _follow_a_moved_training():
    """Continues a training where its flagfile lies, not where it began."""
    recorded = _output()
    named = ("output", "architecture")
    folder = flagfile.moved_to(sys.argv[1:], named, recorded)
    if folder is None:
        return
    print(
        f"Continuing the training in {folder}, where the flagfile lies. It was "
        f"written for {recorded}."
    )
    in_run = pathlib.Path(FLAGS.architecture) == recorded.parent
    if in_run and directory.is_run(folder.parent):
        # The run was moved together with its training.
        FLAGS.architecture = str(folder.parent)
    FLAGS.output = None
    if _output() != folder:
        FLAGS.output = str(folder)


@contextlib.contextmanager
def _told(folder):
    """Turns the errors of a full or read-only disk into one line."""
    try:
        yield
    except OSError as error:
        if error.errno not in NOT_WRITTEN:
            raise
        raise UsageError(
            f"Cannot write {error.filename or folder}: {error.strerror}. Run "
            f"the same command again to continue."
        ) from error


def _output():
    if FLAGS.output:
        return pathlib.Path(FLAGS.output)
    path = pathlib.Path(FLAGS.architecture)
    if path.is_dir():
        return path / ("trained_ensemble" if FLAGS.ensemble > 1 else "trained")
    return pathlib.Path("runs") / path.stem


def _watched(folder):
    """Returns the directory in which TensorBoard finds the events."""
    path = pathlib.Path(FLAGS.architecture)
    return path if path == folder.parent else folder


if __name__ == "__main__":
    commands.run(main)
