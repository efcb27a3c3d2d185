"""Raw examples as a file of one size takes them."""

import numpy as np

from nas_tf.lazy_keras import import_keras


def size(model, task):
    """Returns the height and width of the pictures that such a file takes.

    They are those of the task's raw pictures, if these are an array, else the
    size to which the model resizes pictures.

    Args:
        model: What `raw_model` returned.
        task: Its `Task`.

    Returns:
        `(height, width)`, or None if the model's inputs have one size anyway.
    """
    shape = import_keras().tree.flatten(model.input)[0].shape
    if len(shape) != 4 or None not in shape[1:3]:
        return None
    pictures, _ = task.raw("test")
    if isinstance(pictures, np.ndarray) and pictures.ndim == 4:
        return pictures.shape[1:3]
    return task.input_shape[:2]


def fitted(inputs, size):
    """Returns a batch of raw examples at the size that a file takes.

    Args:
        inputs: A batch, see `Task.raw`, with pictures of one size.
        size: `(height, width)`, or None to change nothing.
    """
    if size is None or inputs.shape[1:3] == size:
        return inputs
    from nas_tf.tasks import pixels

    return pixels.resize(inputs, size[0])


def some(task, size, count):
    """Returns training examples, evenly spaced in their order.

    Args:
        task: `Task`.
        size: As in `fitted`.
        count: How many, at most.

    Returns:
        List with a list of arrays `[1, ...]` for each example: the inputs in
        flattened order.
    """
    tree = import_keras().tree
    inputs, targets = task.raw("train")
    total = len(tree.flatten(targets)[0])
    rows = np.linspace(0, total - 1, min(count, total)).astype(int)
    structured = isinstance(inputs, (tuple, dict))
    parts = tree.flatten(inputs) if structured else [inputs]
    return [
        [fitted(np.asarray(part[row])[None], size) for part in parts]
        for row in rows.tolist()
    ]
