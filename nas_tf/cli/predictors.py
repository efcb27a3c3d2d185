"""What exported models say about files: pictures, arrays and texts.

A predictor has `read(path)`, which returns the content of a file or raises
`UsageError`, and `lines(files)`, which yields pairs of a path and its line.
"""

import csv
import io
import itertools
import pathlib

import numpy as np

from nas_tf import checks
from nas_tf import reading
from nas_tf.cli.outputs import Outputs
from nas_tf.cli.outputs import class_names
from nas_tf.cli.reading import Reading
from nas_tf.errors import UsageError
from nas_tf.tasks import _symbols

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

    Raises:
        UsageError: If the model does not read what its card says, or its files
            are broken.
    """
    what = card["input"]
    if not _reads(model, what):
        raise UsageError(
            f"Expected a model of {what}, as its card says. Received: "
            f"{folder}, a model of something else"
        )
    if what == "text":
        checks.one_of({"level": None, **card}, "level", _symbols.LEVELS)
        return Reading(model, folder, card, length)
    names = class_names(folder)
    if what == "pictures":
        return Pictures(model, names, top_k, card.get("background", "white"))
    return Arrays(model, names, top_k)


def _reads(model, what):
    """Returns whether a model's inputs are what its card says they are."""
    inputs = getattr(model, "inputs", None)
    layers = getattr(model, "layers", ())
    is_text = any(layer.name == "reader" for layer in layers)
    if not inputs or is_text != (what == "text"):
        return False
    if what != "pictures":
        return True
    shape = model.input_shape
    is_one = isinstance(shape, tuple) and len(shape) == 4
    return is_one and inputs[0].dtype == "uint8"


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
        self.outputs = Outputs(model, names, top_k)
        self.background = background

    def read(self, path):
        from nas_tf.tasks.image_folder import read_picture

        picture = read_picture(
            path, self.model.input_shape[-1], self.background
        )
        shape = self.model.input_shape[1:]
        if not _fits(picture.shape, shape):
            raise UsageError(
                f"Expected a picture {_shown(shape)}. Received: {path} with "
                f"{_shown(picture.shape)}"
            )
        return picture

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
        self.outputs = Outputs(model, names, top_k)
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
        found = {
            name: self._shaped(arrays[name], tensor, path)
            for name, tensor in self.inputs.items()
        }
        counts = {name: len(array) for name, array in found.items()}
        if len(set(counts.values())) > 1 or 0 in counts.values():
            listed = ", ".join(f"{c} of {name}" for name, c in counts.items())
            raise UsageError(
                f"Expected examples, equally many of each input. Received: "
                f"{path} with {listed}"
            )
        return found

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
        shape, given = tensor.shape[1:], np.asarray(array)
        dtype = str if tensor.dtype == "string" else tensor.dtype
        try:
            # What becomes infinite is refused below.
            with np.errstate(all="ignore"):
                array = given.astype(dtype)
        except (OverflowError, TypeError, ValueError) as error:
            raise UsageError(
                f"Expected {tensor.dtype} in {tensor.name}. Received: {path} "
                f"({error})"
            ) from None
        strange = _not_finite(array)
        if dtype is not str:
            strange = strange | _not_finite(given)
        if array.ndim == 1 and shape == (1,):
            # A column of examples.
            array = array[:, None]
        elif array.ndim == len(shape):
            array, strange = array[None], strange[None]
        if array.ndim == 0 or not _fits(array.shape[1:], shape):
            raise UsageError(
                f"Expected an array {_shown(('B', *shape))}. Received: {path} "
                f"with {_shown(array.shape)}"
            )
        if strange.any():
            value = given.reshape(-1)[strange.reshape(-1)][0]
            raise UsageError(
                f"Expected finite numbers in {tensor.name}. Received: {path} "
                f"with {str(value).strip()} in example "
                f"{np.argwhere(strange)[0][0]}"
            )
        return array


def _fits(found, wanted):
    """Returns whether a shape is as wanted, where None is any size."""
    return len(found) == len(wanted) and all(
        size in (None, each) for size, each in zip(wanted, found)
    )


def _shown(shape):
    return f"[{', '.join(map(str, shape))}]"


def _not_finite(array):
    """Returns which numbers are NaN or infinite, booleans of its shape."""
    if array.dtype.kind not in "fc":
        return np.zeros(array.shape, bool)
    return ~np.isfinite(array)


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
