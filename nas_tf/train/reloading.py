"""Scores an exported folder as somebody without this package loads it."""

import keras
import numpy as np

from nas_tf.errors import UsageError
from nas_tf.train import elsewhere
from nas_tf.train import serving
from nas_tf.train import usage

# Largest difference of an output from that of the model that was saved, as a
# share of the largest output.
TOLERANCE = 1e-5
# The same for a batch of those that are scored, which are many: convolutions of
# another process may add up in another order.
SCORED_TOLERANCE = 1e-4
BATCH_SIZE = 256


def scores(folder, model, task, split):
    """Loads the files of a folder in a new process and scores them.

    The process has no access to this package, unless `model.keras` cannot do
    without. It is given the raw inputs of a split.

    Args:
        folder: `pathlib.Path` of the directory that `serving.save` wrote to.
        model: What `raw_model` returned.
        task: `Task`.
        split: "train", "valid" or "test".

    Returns:
        Dict from the name of each file to its scores, a dict with the task's
        measure. The scores are None if Keras cannot compute the measure, see
        `Task.compile_arguments`; the outputs then are those of `model`.

    Raises:
        UsageError: If a file cannot be loaded, or its outputs differ.
    """
    # The SavedModel first, which needs no import.
    names = [serving.SAVED_MODEL, serving.KERAS_FILE]
    names = [name for name in names if (folder / name).exists()]
    with elsewhere.opened(folder) as process:
        found = {
            name: _scores(process, name, model, task, split) for name in names
        }
    return dict(reversed(found.items()))


def _scores(process, name, model, task, split):
    kind = usage.kind(model, task)
    if kind == usage.TEXT:
        return _read(process, name, task, split)
    if kind == usage.SENTENCES:
        return _written(process, name, task, split)
    # The outputs of other language models are as long as their lines.
    if not task.compile_arguments() or task.kind == "language_model":
        _compare(process, name, model, task, split)
        return None
    batches = []
    for inputs, targets in batches_of(*task.raw(split)):
        theirs = process.predict(name, inputs)
        if not batches:
            # A score may be the same by chance, such as a share of few.
            wanted = keras.tree.flatten(model.predict_on_batch(inputs))
            for mine, other in zip(wanted, theirs):
                check_close(name, mine, other, SCORED_TOLERANCE)
        batches.append((theirs, targets))
    found = score(*zip(*batches), model, task)
    if found is None:
        _compare(process, name, model, task, split)
    return found


def score(outputs, targets, model, task):
    """Scores outputs by Keras's own loss and metrics.

    Args:
        outputs: Sequence with a list of arrays for each batch: the outputs in
            flattened order.
        targets: Sequence with the targets of each batch.
        model: What `raw_model` returned.
        task: `Task`.

    Returns:
        Dict with the task's measure; None if Keras cannot compute it.
    """
    if not task.compile_arguments():
        return None
    outputs = [np.concatenate(parts) for parts in zip(*outputs)]
    targets = keras.tree.map_structure(
        lambda *parts: np.concatenate(parts), *targets
    )
    found = _scorer(model, task).evaluate(
        keras.tree.pack_sequence_as(model.output, outputs),
        targets,
        batch_size=BATCH_SIZE,
        verbose=0,
        return_dict=True,
    )
    return found if task.measure in found else None


def _scorer(model, task):
    """Returns a model that scores outputs, by Keras's own loss and metrics."""
    outputs = keras.tree.map_structure(
        lambda tensor: keras.Input(tensor.shape[1:], dtype=tensor.dtype),
        model.output,
    )
    scorer = keras.Model(
        outputs,
        keras.tree.map_structure(lambda x: keras.layers.Identity()(x), outputs),
    )
    # Without a graph, of which there would be one for each file.
    scorer.compile(**task.compile_arguments(), run_eagerly=True)
    return scorer


def _compare(process, name, model, task, split):
    """Compares the outputs of a file with those of a model."""
    for inputs, _ in batches_of(*task.raw(split)):
        wanted = keras.tree.flatten(model.predict_on_batch(inputs))
        for mine, theirs in zip(wanted, process.predict(name, inputs)):
            check_close(name, mine, theirs)


def _read(process, name, task, split):
    """Returns the scores of a language model that reads a whole text."""
    inputs, targets = task.raw(split)
    if inputs.dtype != object:
        inputs, targets = task.rows(split, 1)
        nats = process.nats(name, np.append(inputs, targets[:, -1:], axis=1))
        return task.scores(float(nats.mean()))
    nats = process.nats(name, np.array([task.joined(inputs)], object))
    # The same of the beginning, from a string to probabilities.
    (probabilities,) = process.predict(name, inputs[:1])
    first = targets[0][targets[0] >= 0]
    chances = probabilities[0][np.arange(len(first)), first]
    check_close(name, np.exp(-nats[: len(first)]), chances)
    return task.scores(float(nats.mean()))


def _written(process, name, task, split):
    """Returns the scores of a translator that writes given translations."""
    nats = [
        process.nats(name, (*inputs, targets))
        for inputs, targets in task.held_out(split)
    ]
    return task.scores(float(np.concatenate(nats).mean()))


def check_close(name, mine, theirs, tolerance=TOLERANCE):
    """Raises `UsageError` if outputs of a file differ from those wanted.

    Args:
        name: Name of the file.
        mine: Array of outputs that are wanted.
        theirs: Array of its outputs.
        tolerance: See `TOLERANCE`, the default.
    """
    largest = np.abs(mine).max(initial=0)
    off = np.abs(mine - theirs).max(initial=0)
    # Not the other way round, for NaN.
    if not off <= tolerance * largest:
        raise UsageError(
            f"Expected the reloaded {name} to have the outputs of the model "
            f"that was saved, up to {tolerance * largest:.2g}. Received: one "
            f"that is {off:.2g} off"
        )


def batches_of(inputs, targets):
    """Yields raw examples in batches, pictures of one size together.

    Args:
        inputs: `[N, ...]` array, a tuple or dict of such arrays, or a sequence
            of N arrays of different shapes.
        targets: `[N, ...]` array, or a tuple or dict of them.

    Yields:
        `(inputs, targets)` of up to `BATCH_SIZE` examples.
    """
    count = len(keras.tree.flatten(targets)[0])
    for start in range(0, count, BATCH_SIZE):
        rows = slice(start, start + BATCH_SIZE)
        if isinstance(inputs, (np.ndarray, tuple, dict)):
            yield _chosen(inputs, rows), _chosen(targets, rows)
            continue
        groups = {}
        for number, example in enumerate(inputs[rows], start):
            groups.setdefault(np.shape(example), []).append((number, example))
        for group in groups.values():
            numbers, examples = zip(*group)
            yield np.stack(examples), _chosen(targets, list(numbers))


def _chosen(arrays, rows):
    return keras.tree.map_structure(lambda array: array[rows], arrays)
