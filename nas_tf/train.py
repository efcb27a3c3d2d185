"""Trains the winner of a search: python -m nas_tf.train --architecture=RUN.

The best architecture of a run is trained by the run's task, for longer if
asked to, tested on data that no search has seen, and saved.
"""

import dataclasses
import os
import pathlib

from absl import flags

from nas_tf import archive
from nas_tf import commands
from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.quiet import import_keras
from nas_tf.seeds import derive_seed

FLAGS = flags.FLAGS

flags.DEFINE_string("architecture", None, "Directory of a run.")
flags.DEFINE_string(
    "task", None, "What it is trained on; without, the run's own task."
)
flags.DEFINE_integer(
    "epochs",
    None,
    "Epochs; without, ten times as many as a child of the run had.",
    lower_bound=1,
)
flags.DEFINE_integer("seed", 0, "All randomness comes from it.", lower_bound=0)
flags.DEFINE_string(
    "output", None, "Where the model goes; without, RUN/best/model.keras."
)

LONGER = 10


def main(argv):
    if len(argv) > 1:
        raise UsageError(f"Expected flags only. Received: {argv[1]}")
    if FLAGS.architecture is None:
        raise UsageError("Expected --architecture=RUN, a run's directory.")
    run_dir = pathlib.Path(FLAGS.architecture)
    trials = archive.read_trials(run_dir)
    finished = [trial for trial in trials if trial.ok]
    if not finished:
        raise UsageError(
            f"Expected a run with a child that finished. Received: {run_dir}"
        )
    best = max(finished, key=lambda trial: trial.reward)
    given = _flags_of(run_dir)
    space = registry.make("spaces", given["space"])
    task = registry.make("tasks", FLAGS.task or given["task"])
    task = dataclasses.replace(
        task, epochs=FLAGS.epochs or LONGER * task.epochs
    )
    output = pathlib.Path(FLAGS.output or run_dir / "best" / "model.keras")
    if output.suffix != ".keras":
        raise UsageError(f"Expected --output=FILE.keras. Received: {output}")
    task.check()
    space.check_task(task)
    try:
        # Before the training, not after it, a folder is found unwritable.
        output.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"Expected a folder that can be written. Received: "
            f"{output.parent} ({error.strerror})"
        ) from None
    _train(space, task, best, output)


def _train(space, task, best, output):
    import tqdm

    keras = import_keras()
    spec = space.decode(best.proposal.actions)
    params, multiply_adds = space.cost(spec, task)
    print(
        f"Trial {best.trial_id}, reward {best.reward:.4f} in the search:\n"
        f"{space.describe(spec)}\n"
        f"{params:,} parameters, {multiply_adds:,} multiply-adds.",
        flush=True,
    )
    name = task.measure.replace("_", " ")
    seed = derive_seed(FLAGS.seed, "train")
    keras.utils.set_random_seed(seed)
    model = space.build(spec, task)
    with tqdm.tqdm(total=task.epochs, unit="epoch", dynamic_ncols=True) as bar:

        def on_epoch(epoch, logs):
            bar.set_postfix(
                {
                    "loss": f"{logs['loss']:.4f}",
                    name: task.show(logs[task.measure]),
                }
            )
            bar.update()

        task.fit(
            model,
            seed,
            learning_rate=space.learning_rate(spec),
            on_epoch=on_epoch,
        )
    for split in ("valid", "test"):
        value = task.evaluate(model, split)[task.measure]
        print(f"{split} {name} {task.show(value)}")
    partial = output.with_suffix(".partial.keras")
    model.save(partial)
    os.replace(partial, output)
    print(f'Saved: keras.models.load_model("{output}")')


def _flags_of(run_dir):
    """Returns the flags in a run's flags.txt, as a dict of strings."""
    path = run_dir / "flags.txt"
    if not path.is_file():
        raise UsageError(f"Expected flags.txt in {run_dir}. Received: none")
    lines = path.read_text(encoding="utf-8").splitlines()
    given = dict(line[2:].split("=", 1) for line in lines if "=" in line)
    for name in ("space", "task"):
        if name not in given:
            raise UsageError(f"Expected --{name} in {path}. Received: none")
    return given


if __name__ == "__main__":
    commands.run(main)
