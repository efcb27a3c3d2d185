"""Scores the files of formats as somebody without this package opens them."""

import numpy as np

from nas_tf.errors import UsageError
from nas_tf.train import elsewhere
from nas_tf.train import reloading
from nas_tf.train import serving
from nas_tf.train import usage
from nas_tf.train.formats import _examples
from nas_tf.train.formats import _function
from nas_tf.train.formats import _names

# Largest difference of an output from that of `model.keras`, as a share of the
# largest output, where a format computes with numbers of 32 bits.
TOLERANCE = 1e-4
# Lines of text that are compared.
NUM_LINES = 64


def compare(wanted, model, task, folder, split):
    """Compares files of formats with `model.keras`, in a new process.

    The process has no access to this package, unless `model.keras` cannot do
    without. It is given the raw inputs of a split, for language models the
    numbers of the symbols of some lines.

    Args:
        wanted: Names of formats.
        model: What `raw_model` returned.
        task: `Task`.
        folder: `pathlib.Path` of the directory with the files.
        split: "train", "valid" or "test".

    Returns:
        Dict from the name of each file to a JSON-able dict: "input", what it
        takes, in words; "bytes", its size; "difference", the largest
        difference of an output; "scores", a dict with the task's measure, or
        None if Keras cannot compute that.

    Raises:
        UsageError: If a file cannot be loaded, or the outputs of an exact
            format differ by more than the `TOLERANCE`.
    """
    found = {}
    modules = _names.files(wanted)
    if not modules:
        return found
    with elsewhere.opened(folder) as process:
        for name, module in modules.items():
            size = _examples.size(model, task) if module.HAS_ONE_SIZE else None
            outputs, targets, off, largest = _outputs(
                process, name, model, task, split, size
            )
            # Not the other way round, for NaN.
            if module.IS_EXACT and not off <= TOLERANCE * largest:
                raise UsageError(
                    f"Expected {name} to have the outputs of model.keras, up "
                    f"to {TOLERANCE * largest:.2g}. Received: one that is "
                    f"{off:.2g} off"
                )
            found[name] = {
                "input": _described(model, size),
                "bytes": (folder / name).stat().st_size,
                "difference": float(off),
                "scores": None
                if targets is None
                else reloading.score(outputs, targets, model, task),
            }
    return found


def _outputs(process, name, model, task, split, size):
    """Returns all outputs of a file, the targets, and how far it is off."""
    outputs, targets, offs, largest = [], [], [0.0], [0.0]
    for inputs, given, wanted in _batches(model, task, split, size):
        theirs = process.predict(name, given)
        mine = process.predict(serving.KERAS_FILE, inputs)
        for one, other in zip(mine, theirs):
            offs.append(np.abs(one - other).max(initial=0))
            largest.append(np.abs(one).max(initial=0))
        outputs.append(theirs)
        targets.append(wanted)
    # `np.max` returns NaN if there is one.
    off, largest = np.max(offs), np.max(largest)
    if targets[0] is None:
        return outputs, None, off, largest
    return outputs, targets, off, largest


def _batches(model, task, split, size):
    """Yields inputs of `model.keras`, those of the file, and targets."""
    if usage.kind(model, task) != usage.TEXT:
        for inputs, targets in reloading.batches_of(*task.raw(split)):
            yield inputs, _examples.fitted(inputs, size), targets
        return
    inputs, _ = task.raw(split)
    inputs = inputs[:NUM_LINES]
    numbers = inputs
    if _function.reading_numbers(model) is not model:
        encode = model.get_layer("preprocessing")
        numbers = encode.predict_on_batch(inputs)
    yield inputs, np.asarray(numbers), None


def _described(model, size):
    """Returns the types and shapes that a file takes, in words."""
    given = _function.reading_numbers(model)
    words = []
    for name, key, dtype, shape in zip(
        _function.input_names(given),
        _function.input_keys(given),
        _function.dtypes(given),
        _function.shapes(given, size),
    ):
        sizes = ["any" if n is None else str(n) for n in shape[1:]]
        meaning = f" ({key})" if isinstance(key, str) and key != name else ""
        words.append(f"`{name}`{meaning}: {dtype} [{', '.join(['B', *sizes])}]")
    return "; ".join(words)
