"""What a model returns for an example, in words."""

import numpy as np

from nas_tf import reading
from nas_tf.errors import UsageError

CLASS_NAMES = "class_names.txt"
# Keras's names of the losses of models that say one class, or several labels.
ONE_CLASS = ("sparse_categorical_crossentropy", "categorical_crossentropy")
LABELS = ("binary_crossentropy",)


class Outputs:
    """Puts what a model returns for an example into words.

    Args:
        model: Keras model.
        names: Names of the outputs, () if they have none.
        top_k: Number of classes to show.
    """

    def __init__(self, model, names, top_k):
        self.loss = model.loss if isinstance(model.loss, str) else ONE_CLASS[0]
        self.names = names
        self.top_k = top_k

    def line(self, row):
        """Returns a line about the outputs of an example.

        Args:
            row: Array of any shape.

        Raises:
            UsageError: If there are other names than outputs.
        """
        row = np.asarray(row).reshape(-1)
        names = self.names or tuple(map(str, range(len(row))))
        if self.loss in LABELS and (len(names), len(row)) == (2, 1):
            return self._best(np.array([1 - row[0], row[0]]), names)
        if self.loss not in (*LABELS, *ONE_CLASS):
            return ", ".join(f"{value:.6g}" for value in row)
        if len(names) != len(row):
            raise UsageError(
                f"Expected {len(row)} names in {CLASS_NAMES} beside the model, "
                f"one for each output. Received: {len(names)}"
            )
        if self.loss in ONE_CLASS:
            return self._best(row, names)
        chosen = np.flatnonzero(row >= 0.5)
        return self._shown(chosen, row, names) or "none"

    def _best(self, row, names):
        order = np.argsort(-row, kind="stable")[: self.top_k]
        return self._shown(order, row, names)

    def _shown(self, numbers, row, names):
        return ", ".join(f"{names[i]} {row[i]:.2%}" for i in numbers)


def class_names(folder):
    """Returns the names in the file beside a model, () without a file.

    Args:
        folder: `pathlib.Path` of the model's files.

    Raises:
        UsageError: If the file cannot be read.
    """
    path = folder / CLASS_NAMES
    if not path.is_file():
        return ()
    text = reading.text(path, "names of classes").removesuffix("\n")
    return tuple(text.split("\n")) if text else ()
