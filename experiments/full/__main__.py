"""Trains by a published recipe: python -m experiments.full RECIPE.

The same command goes on with a training that was stopped. With --parts it
takes the state from files of at most 15 MB, and leaves it there at its end.
"""

import os

from absl import flags

from experiments import jobs
from experiments.full import parts
from experiments.full import recipes
from nas_tf import commands
from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.lazy_keras import import_keras
from nas_tf.machine import places
from nas_tf.train import __main__ as train

FLAGS = flags.FLAGS
# What a training writes at its end only, and what belongs to one machine.
NOT_CARRIED = ("model", "lock")

flags.DEFINE_enum(
    "scale",
    "full",
    recipes.SCALES,
    "The recipe itself, or a small network and little data, for a processor.",
)
flags.DEFINE_string(
    "data_dir",
    None,
    "Folder with cifar-10-batches-bin/ and ptb/. Default: $NAS_TF_DATA_DIR.",
)
flags.DEFINE_string("folder", "runs/full", "Folder for the trainings.")
flags.DEFINE_string(
    "parts", None, "Folder of files that carry the state between machines."
)
flags.DEFINE_enum(
    "precision",
    None,
    ["float32", "bfloat16", "float16"],
    "What networks compute in. Default: bfloat16 at full scale, else float32.",
)
flags.DEFINE_integer(
    "steps_per_call",
    None,
    "Steps of a compiled call under JAX. Default: 32 on a GPU, else 1.",
    lower_bound=1,
)
flags.DEFINE_bool(
    "measure", False, "Only measure a step under JAX, and train nothing."
)


def main(argv):
    if len(argv) != 2:
        raise UsageError(
            f"Expected one recipe of {', '.join(recipes.recipes())}. Received: "
            f"{' '.join(argv[1:]) or 'none'}"
        )
    recipe = recipes.find(argv[1])
    data_dir = FLAGS.data_dir or os.environ.get("NAS_TF_DATA_DIR")
    if not data_dir:
        raise UsageError(
            "Expected --data_dir, the folder with cifar-10-batches-bin/ and "
            "ptb/. Received: none"
        )
    folder = places.local(FLAGS.folder) / FLAGS.scale / argv[1]
    usual = "bfloat16" if FLAGS.scale == "full" else "float32"
    wanted = recipe.flags(
        FLAGS.scale,
        folder,
        data_dir,
        precision=FLAGS.precision or usual,
        steps_per_call=FLAGS.steps_per_call,
    )
    if FLAGS.measure:
        _measure(wanted)
        return
    for name, value in wanted.items():
        FLAGS[name].value = value
    carried = FLAGS.parts and places.local(FLAGS.parts) / argv[1]
    if carried:
        _take(carried, folder)
    try:
        train.main(argv[:1])
    finally:
        if carried and folder.is_dir():
            _leave(folder, carried)


def _take(carried, folder):
    """Takes a state that is further than the one in the folder."""
    there = parts.facts_of(carried).get("progress")
    if there and tuple(there) > _progress(folder):
        parts.join(carried, folder)
        print(f"Took the state after {_shown(there)} from {carried}.")


def _leave(folder, carried):
    progress = _progress(folder)
    count = parts.split(folder, carried, NOT_CARRIED, progress=progress)
    print(
        f"Left the state after {_shown(progress)} in {carried}, {count} files."
    )


def _progress(folder):
    """Returns the finished epochs and the steps after them."""
    from nas_tf.training.checkpoint import TrainingCheckpoint

    state = TrainingCheckpoint(folder / "training" / "state.npz", None, 0)
    steps = state.begun.num_steps if state.begun else 0
    return state.num_epochs_done, steps


def _shown(progress):
    epochs, steps = progress
    return f"{epochs} epochs and {steps} steps"


def _measure(wanted):
    from experiments.full import speed
    from nas_tf.train import architectures
    from nas_tf.training import resident

    if import_keras().backend.backend() != "jax":
        raise UsageError(
            "Expected KERAS_BACKEND=jax for --measure. Received: "
            f"{import_keras().backend.backend()}"
        )
    found = architectures.find(wanted["architecture"], wanted["space"])
    task = registry.make("tasks", wanted["task"]).in_full(wanted["epochs"])
    steps = resident.number_of_steps(task.steps_per_call)
    [(_, spec)] = found.specs
    speed.measure(found.space, task, spec, wanted["epochs"], steps)


if __name__ == "__main__":
    # Recipes are those of this checkout.
    os.chdir(jobs.ROOT)
    commands.run(main)
