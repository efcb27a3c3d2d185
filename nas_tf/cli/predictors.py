"""What exported models say about files: pictures, arrays and texts.

A predictor has `read(path)`, which returns the content of a file or raises
`UsageError`, and `lines(files)`, which yields pairs of a path and its line.
"""

import csv
import io
import itertools
import pathlib

import numpy as np

from nas_tf import reading
from nas_tf.cli.reading import Reading
from nas_tf.errors import UsageError

CLASS_NAMES = "class_names.txt"
# Keras's names of the losses of models that say one class, or several labels.
ONE_CLASS = ("sparse_categorical_crossentropy", "categorical_crossentropy")
LABELS = ("binary_crossentropy",)
# Number of examples of a file that are computed together.
BATCH = 1024


def make(model, folder, card, top_k, length):
    """Returns the predictor of a model.

    Args:
        model: Compiled Keras model from raw inputs.
        folder: `pathlib.Path` of its files.
        card: Dict, the facts on its card.
        top_k: Number of classes to show.
        length: Number of symbols that a text goes on for.
    """
    if card["input"] == "text":
        return Reading(model, folder, card, length)
    names = _names(folder)
    if card["input"] == "pictures":
        return Pictures(model, names, top_k, card.get("background", "white"))
    return Arrays(model, names, top_k)


class Pictures:
    """Classes of pictures.

    Args:
        model: Keras model from `[B, height, width, channels]` uint8.
        names: Names of the outputs, () if they have none.
        top_k: Number of classes to show.
        background: "white" or "black", what transparent pictures lie on.
    """

    def __init__(self, model, names, top_k, background):
        self.model = model
        self.outputs = _Outputs(model, names, top_k)
        self.background = background
        self.channels = model.input_shape[-1]

    def read(self, path):
        from nas_tf.tasks.image_folder import read_picture

        return read_picture(path, self.channels, self.background)

    def lines(self, files):
        # A batch has pictures of one size.
        for _, group in itertools.groupby(files, lambda file: file[1].shape):
            paths, pictures = zip(*group)
            rows = self.model.predict_on_batch(np.stack(pictures))
            yield from zip(paths, map(self.outputs.line, rows))


class Arrays:
    """What a model says about each example in a file of arrays.

    Args:
        model: Keras model.
        names: Names of the outputs, () if they have none.
        top_k: Number of classes to show.
    """

    def __init__(self, model, names, top_k):
        self.model = model
        self.outputs = _Outputs(model, names, top_k)
        self.inputs = {tensor.name: tensor for tensor in model.inputs}

    def read(self, path):
        """Returns a dict of arrays `[B, ...]`, one for each input."""
        arrays = self._columns(path) if _is_csv(path) else _arrays(path)
        if None in arrays and len(self.inputs) == 1:
            arrays = {next(iter(self.inputs)): arrays[None]}
        missing = [name for name in self.inputs if name not in arrays]
        if missing:
            raise UsageError(
                f"Expected {', '.join(self.inputs)}. Received: {path} without "
                f"{missing[0]}"
            )
        return {
            name: self._shaped(arrays[name], tensor, path)
            for name, tensor in self.inputs.items()
        }

    def lines(self, files):
        for path, arrays in files:
            count = len(next(iter(arrays.values())))
            # `predict` does not take strings.
            rows = [
                row
                for start in range(0, count, BATCH)
                for row in self._predicted(
                    {n: a[start : start + BATCH] for n, a in arrays.items()}
                )
            ]
            if len(rows) == 1:
                yield path, self.outputs.line(rows[0])
                continue
            for number, row in enumerate(rows):
                yield f"{path}, example {number}", self.outputs.line(row)

    def _predicted(self, arrays):
        """Returns what the model returns for a dict of arrays."""
        if not isinstance(self.model.input, dict):
            arrays = [arrays[tensor.name] for tensor in self.model.inputs]
            arrays = arrays[0] if len(arrays) == 1 else arrays
        return self.model.predict_on_batch(arrays)

    def _columns(self, path):
        what = "a CSV file in UTF-8"
        text = reading.text(path, what, reading.LARGEST_JSON)
        # Excel writes a mark before the first name.
        lines = io.StringIO(text.removeprefix("\ufeff"), newline="")
        try:
            reader = csv.DictReader(lines, strict=True)
            rows = list(reader)
        except csv.Error as error:
            raise UsageError(
                f"Expected {what}. Received: {path} ({error})"
            ) from None
        if not rows:
            raise UsageError(f"Expected rows. Received: {path} without any")
        for name in self.inputs:
            if reader.fieldnames.count(name) > 1:
                raise UsageError(
                    f"Expected columns of different names. Received: {path} "
                    f"with several called {name!r}"
                )
        return {
            name: np.array([row[name] or "" for row in rows])
            for name in self.inputs
            if name in rows[0]
        }

    def _shaped(self, array, tensor, path):
        shape = tensor.shape[1:]
        try:
            if tensor.dtype == "string":
                array = np.asarray(array).astype(str)
            else:
                array = np.asarray(array).astype(tensor.dtype)
        except (TypeError, ValueError) as error:
            raise UsageError(
                f"Expected {tensor.dtype} in {tensor.name}. Received: {path} "
                f"({error})"
            ) from None
        if array.ndim == 1 and shape == (1,):
            # A column of examples.
            array = array[:, None]
        elif array.ndim == len(shape):
            array = array[None]
        fits = array.ndim == len(shape) + 1 and all(
            wanted in (None, size)
            for wanted, size in zip(shape, array.shape[1:])
        )
        if not fits:
            raise UsageError(
                f"Expected an array [B, {', '.join(map(str, shape))}]. "
                f"Received: {path} with {list(array.shape)}"
            )
        return array


class _Outputs:
    """Puts what a model returns for an example into words."""

    def __init__(self, model, names, top_k):
        self.loss = model.loss if isinstance(model.loss, str) else ONE_CLASS[0]
        self.names = names
        self.top_k = top_k

    def line(self, row):
        row = np.asarray(row).reshape(-1)
        names = self.names or tuple(map(str, range(len(row))))
        if self.loss in LABELS:
            if len(names) == 2 and len(row) == 1:
                row = np.array([1 - row[0], row[0]])
                return self._best(row, names)
            chosen = np.flatnonzero(row >= 0.5)
            return self._shown(chosen, row, names) or "none"
        if self.loss in ONE_CLASS:
            return self._best(row, names)
        return ", ".join(f"{value:.6g}" for value in row)

    def _best(self, row, names):
        order = np.argsort(-row, kind="stable")[: self.top_k]
        return self._shown(order, row, names)

    def _shown(self, numbers, row, names):
        return ", ".join(f"{names[i]} {row[i]:.2%}" for i in numbers)


def _names(folder):
    path = folder / CLASS_NAMES
    if not path.is_file():
        return ()
    return tuple(reading.text(path, "names of classes").split("\n")[:-1])


def _is_csv(path):
    return pathlib.Path(path).suffix.lower() == ".csv"


def _arrays(path):
    """Returns a dict of arrays; the name of a single one is None."""
    try:
        with reading.opened(path, "arrays as .npy, .npz or .csv") as file:
            found = np.load(file, allow_pickle=False)
            if isinstance(found, np.ndarray):
                return {None: found}
            with found:
                return dict(found)
    except UsageError:
        raise
    # NumPy raises nearly any kind of error for a broken file.
    except Exception as error:
        reason = getattr(error, "strerror", None) or str(error).split("\n")[0]
        raise UsageError(
            f"Expected arrays as .npy, .npz or .csv. Received: {path} "
            f"({reason})"
        ) from None
