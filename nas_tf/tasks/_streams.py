"""The text of a task as numbers, computed once for all processes."""

import functools

import numpy as np

from nas_tf.errors import UsageError
from nas_tf.tasks import _cache
from nas_tf.tasks._symbols import SPLITS
from nas_tf.tasks._symbols import encode


@functools.lru_cache(maxsize=6)
def encoded(task):
    """Returns the streams and the vocabulary of a `LanguageModelling` task.

    Returns:
        A dict from split to `[N]` int32, and the tuple of symbols.

    Raises:
        UsageError: If the training text has fewer than two symbols.
    """
    files = task.files()
    if files:
        key = [type(task).__name__, task.level, task.max_words]
        key += [
            [split, _cache.fingerprint(path.parent, [path])]
            for split, path in files.items()
        ]
        name = f"text-{files['train'].stem}"
        arrays = dict(_cache.arrays(name, key, lambda: _encode(task)))
    else:
        arrays = _encode(task)
    joined = arrays.pop("vocabulary").tobytes().decode("utf-8")
    return arrays, tuple(joined.split("\n"))


def cut(targets, count, first):
    """Cuts a stream into rows of equal length, each continuing the one before.

    Args:
        targets: `[N]` int32, N a multiple of `count`; -1 for targets that
            do not count.
        count: Number of rows.
        first: Number of the symbol to read before the stream.

    Returns:
        `(inputs, targets)`, each `[count, N / count]` int32; an input is the
        symbol before its target.
    """
    inputs = np.roll(targets, 1)
    inputs[0] = first
    # Also an input whose target does not count must be a symbol.
    inputs[inputs < 0] = first
    return inputs.reshape(count, -1), targets.reshape(count, -1)


def _encode(task):
    texts = {split: task.read(split) for split in SPLITS}
    streams, vocabulary = encode(texts, task.level, task.max_words)
    # `<eos>` is one of the symbols but not of the text.
    found = len(np.unique(streams["train"])) - 1
    if found < 2:
        raise UsageError(
            f"Expected at least 2 different {task.level}s in "
            f"{task.title('train')}. Received: {found}"
        )
    # No symbol contains a line end, since symbols are parts of lines.
    joined = "\n".join(vocabulary).encode("utf-8")
    return {**streams, "vocabulary": np.frombuffer(joined, np.uint8)}
