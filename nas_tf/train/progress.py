"""What is shown of a training: at the terminal and in TensorBoard."""

import contextlib

from nas_tf.runs import event_log
from nas_tf.search import console
from nas_tf.train import formats

SPLITS = ("valid", "test")


def say_stage(candidates, what, epochs):
    """Prints what a stage trains.

    Args:
        candidates: Sequence of `Candidate`.
        what: What they are, "architectures" or "recipes".
        epochs: Epochs of each training.
    """
    print(
        f"Training {len(candidates)} {what}, {epochs} epochs each.", flush=True
    )


def say_training(candidate, space, cost, epochs, done):
    """Prints what is trained in full, and after how many epochs it resumes.

    Args:
        candidate: `Candidate`.
        space: `SearchSpace` that builds it.
        cost: Its `Cost`.
        epochs: Epochs of the training.
        done: How many of them an earlier start finished.
    """
    adds = cost.multiply_adds
    print(
        f"Training for {epochs} epochs: {candidate.describe()}\n"
        f"{space.describe(candidate.spec)}\n"
        f"{cost.params:,} parameters"
        + (f", {adds:,} multiply-adds." if adds is not None else "."),
        flush=True,
    )
    if done:
        print(f"Continuing after {done} epochs.", flush=True)


def say_remarks(remarks):
    """Prints what a space's `remarks` returned."""
    for name, text in remarks.items():
        print(f"{name}: {text}", flush=True)


def say_scores(card, task):
    """Prints the scores on a card as the task formats them."""
    name = task.measure.replace("_", " ")
    for member in card.get("members", ()):
        valid, test = (
            task.show(member[split][task.measure]) for split in SPLITS
        )
        title = member["architecture"]
        print(f"{title}: valid {name} {valid}, test {name} {test}")
    if card["best_epoch"] is None:
        print(f"The mean of the {len(card['members'])}:")
    else:
        print(f"Best on validation after epoch {card['best_epoch'] + 1}.")
    for split in SPLITS:
        print(f"{split} {name} {task.show(card[split][task.measure])}")
    for title, score in card.get("further", {}).items():
        print(f"test {title} {score['value']:.2f} ({score['signature']})")


def say_reloaded(reloaded, folder, task):
    """Prints the scores of the exported files after they were loaded again.

    Args:
        reloaded: What `export.export` returned.
        folder: `pathlib.Path` of the files.
        task: `Task` that scored them.
    """
    for name, scores in reloaded.items():
        value = "the outputs of the model that was saved"
        if scores is not None:
            value = task.show(scores[task.measure])
        print(f"{folder / name}, loaded in a new process: {value}")


def say_formats(files, folder, task):
    """Prints what a new process found in the files of further formats.

    Args:
        files: What `export.export` returned of them.
        folder: `pathlib.Path` of the files.
        task: `Task` that scored them.
    """
    for name, facts in files.items():
        print(f"{folder / name}: {formats.line(facts, task)}")


@contextlib.contextmanager
def watched(folder, task, done):
    """Shows the epochs of a training as a progress bar and in TensorBoard.

    Args:
        folder: `pathlib.Path` of the directory in which `events` is written.
        task: `Task` with the epochs of the full training.
        done: Epochs that an earlier start finished.

    Yields:
        Function of `(epoch, logs)` to call after each epoch.
    """
    name = task.measure.replace("_", " ")
    log = event_log.EventLog(folder / "events")
    bar = console.bar(task.epochs, done, "epoch")

    def on_epoch(epoch, logs):
        measured = logs.get(f"val_{task.measure}", logs.get(task.measure))
        facts = {"loss": f"{logs['loss']:.4f}"}
        if measured is not None:
            facts[name] = task.show(measured)
        bar.set_postfix(facts, refresh=False)
        bar.update()
        log.scalars(
            {
                _curve(key): value
                for key, value in logs.items()
                if value is not None
            },
            epoch + 1,
        )
        log.flush()

    with bar, contextlib.closing(log):
        yield on_epoch


def _curve(key):
    """Returns the name of a curve, for example "validation/accuracy"."""
    if key.startswith("val_"):
        return f"validation/{key.removeprefix('val_')}"
    return f"training/{key}"
