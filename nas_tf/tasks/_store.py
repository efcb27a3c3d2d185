"""Examples on disk, in files named by their content; see `arrays.from_data`.

All worker processes of a machine read the same files as memory maps.
"""

import dataclasses
import functools
import hashlib
import json

import numpy as np

from nas_tf.errors import UsageError
from nas_tf.seeds import generator
from nas_tf.tasks import _cache
from nas_tf.tasks import _objective
from nas_tf.tasks import _user_data

SPLITS = ("train", "valid", "test")
NAME = "arrays"
_DESCRIPTION = "description"


@dataclasses.dataclass(frozen=True)
class Store:
    """The content of one folder of the cache.

    Attributes:
        facts: Dict of what the arrays are: "structure", "kinds",
            "categories" (from the name of an input to its sorted strings),
            "num_outputs", "class_names", "flat"; "in_classes" if targets `[N,
            K]` are those of classes, see `_classes`.
        arrays: Dict of memory maps: "train_targets", and "train_0" for the
            first of the inputs and so on; the same for other splits.
    """

    facts: dict
    arrays: dict

    @property
    def names(self):
        """Names of the inputs, in their order."""
        return tuple(self.facts["kinds"])

    def has(self, split):
        return f"{split}_targets" in self.arrays

    def inputs(self, split):
        """Returns a dict from the names of the inputs to arrays `[N, ...]`."""
        return {
            name: self.arrays[f"{split}_{number}"]
            for number, name in enumerate(self.names)
        }

    def targets(self, split):
        return self.arrays[f"{split}_targets"]


def write(inputs, targets):
    """Writes examples to the cache, unless they are there.

    Args:
        inputs: Dict from split to `_user_data.Inputs`, all with the same
            names. Their order is that of "train".
        targets: `_targets.Targets`.

    Returns:
        The name of their folder in the cache, which follows from the content.
    """
    train = inputs["train"]
    facts = {
        "structure": train.structure,
        "kinds": train.kinds,
        "categories": {
            name: [str(value) for value in np.unique(array)]
            for name, array in train.arrays.items()
            if train.kinds[name] == _user_data.CATEGORIES
        },
        "num_outputs": targets.num_outputs,
        "class_names": targets.class_names,
        "flat": targets.flat,
    }
    # Where it does not hold, the folder is called as by earlier versions.
    if _in_classes(targets):
        facts["in_classes"] = True
    arrays = {
        f"{split}_targets": array for split, array in targets.arrays.items()
    }
    for split, given in inputs.items():
        # In the order of training, whatever the order of this split.
        for number, name in enumerate(train.arrays):
            array = np.ascontiguousarray(given.arrays[name])
            arrays[f"{split}_{number}"] = array
    text = json.dumps(facts).encode()
    arrays[_DESCRIPTION] = np.frombuffer(text, np.uint8)
    key = {name: _digest(array) for name, array in sorted(arrays.items())}
    _cache.arrays(NAME, key, lambda: arrays)
    return _cache.folder_name(NAME, key)


@functools.lru_cache(maxsize=4)
def open_store(path):
    """Returns the `Store` of a folder's name, as `write` returns it.

    Raises:
        UsageError: If there is no such folder.
    """
    arrays = dict(_cache.stored(path))
    if _DESCRIPTION not in arrays:
        raise UsageError(
            f"Expected the arrays of an earlier search in "
            f"{_cache.place(path)}. Received: none; give the arrays again, as "
            f"in run_search(space, (x, y))"
        )
    facts = json.loads(arrays.pop(_DESCRIPTION).tobytes())
    return Store(facts, arrays)


@functools.lru_cache(maxsize=4)
def drawn_rows(path, drawing):
    """Returns a dict from split to the numbers of its examples, shuffled.

    Args:
        path: Name of the folder.
        drawing: Tuple of the shares of validation and test examples that are
            drawn from the training examples, unless they were given, and of
            the seed.
    """
    store = open_store(path)
    valid, test, seed = drawing
    shares = {"valid": valid, "test": test}
    rows = {}
    for split in [name for name in shares if store.has(name)]:
        count = len(store.targets(split))
        rows[split] = generator(seed, "arrays", split).permutation(count)
        del shares[split]
    targets = store.targets("train")
    classes = _classes(targets, store.facts)
    common = generator(seed, "arrays", "classes")
    drawn = {split: [] for split in (*shares, "train")}
    for number in np.unique(classes):
        left = common.permutation(np.flatnonzero(classes == number))
        total = len(left)
        for split, share in shares.items():
            # A class with few examples keeps at least one to train on.
            count = min(max(1, round(share * total)), len(left) - 1)
            drawn[split].append(left[:count])
            left = left[count:]
        drawn["train"].append(left)
    for split, parts in drawn.items():
        chosen = np.concatenate(parts)
        if not len(chosen):
            raise UsageError(
                f"Expected enough examples to draw {' and '.join(shares)} "
                f"from and to train on. Received: {len(targets)}"
            )
        rows[split] = generator(seed, "arrays", split).permutation(chosen)
    return rows


def _in_classes(targets):
    """Returns whether `[N, K]` targets are one-hot or a single label."""
    kind = _objective.KIND_OF[targets.loss]
    if targets.arrays["train"].ndim == 1:
        return False
    single = kind == _objective.MULTI_LABEL and targets.num_outputs == 1
    return single or kind == _objective.CLASSIFICATION


def _classes(targets, facts):
    """Returns the class of each example, `[N]`, 0 for all without classes."""
    if targets.ndim == 1:
        return targets
    # Stores of earlier versions have no such fact, and are drawn from as then.
    if not facts.get("in_classes"):
        return np.zeros(len(targets), int)
    return targets[:, 0] if targets.shape[1] == 1 else targets.argmax(1)


@functools.lru_cache(maxsize=12)
def split_targets(path, drawing, split):
    """Returns the targets of a split, see `drawn_rows`, in memory."""
    store = open_store(path)
    source = split if store.has(split) else "train"
    return np.asarray(store.targets(source)[drawn_rows(path, drawing)[split]])


def _digest(array):
    head = f"{array.dtype.str} {array.shape} "
    digest = hashlib.sha256(head.encode())
    digest.update(np.ascontiguousarray(array).view(np.uint8).reshape(-1).data)
    return digest.hexdigest()
