"""The pairs of a translation task as numbers, computed once."""

import dataclasses
import functools
import hashlib

import numpy as np

from nas_tf.errors import UsageError
from nas_tf.subwords import Subwords
from nas_tf.subwords import train
from nas_tf.tasks import _buckets
from nas_tf.tasks import _cache
from nas_tf.tasks._symbols import SPLITS

SIDES = ("source", "target")
# Of the arrays that are kept; another one is kept beside the earlier.
_FORM = 2
# Lines that are encoded at a time.
_TOGETHER = 50_000


@dataclasses.dataclass(frozen=True)
class Encoded:
    """Pairs of sentences as numbers of subwords.

    Attributes:
        subwords: `Subwords` of both languages.
        pairs: Dict from split to a pair of `_buckets.Ragged`.
        fingerprint: String that changes with the sentences.
    """

    subwords: Subwords
    pairs: dict
    fingerprint: str


@functools.lru_cache(maxsize=6)
def encoded(task):
    """Returns the `Encoded` pairs of a `Translating` task.

    They are computed once for all processes.
    """
    key = [_FORM, type(task).__name__, task.num_subwords, task.data_key()]
    arrays = _cache.arrays("pairs", key, functools.partial(_encode, task))
    pairs = {
        split: tuple(
            _buckets.Ragged(
                arrays[f"{split}_{side}"], arrays[f"{split}_{side}_lengths"]
            )
            for side in SIDES
        )
        for split in SPLITS
    }
    return Encoded(
        Subwords(arrays["subwords"].tobytes()),
        pairs,
        arrays["fingerprint"].tobytes().hex(),
    )


@functools.lru_cache(maxsize=18)
def rows(task, split):
    """Returns the numbers of the pairs of a split that are used, `[N]`.

    Raises:
        UsageError: If there are none, or not as many as an option demands.
    """
    if split not in SPLITS:
        raise UsageError(f"Expected a split of {SPLITS}. Received: {split}")
    sources, targets = encoded(task).pairs[split]
    found = np.arange(len(sources))
    if split == "train":
        longer = np.maximum(sources.lengths, targets.lengths)
        found = np.flatnonzero(longer <= task.max_length)
    name = f"{split}_pairs"
    count = getattr(task, name, None)
    if count is not None and count > len(found):
        raise UsageError(
            f"Expected at most {len(found):,} pairs in {task.title(split)}. "
            f"Received: {name}={count}"
        )
    if not len(found):
        raise UsageError(
            f"Expected pairs of at most max_length={task.max_length} subwords "
            f"in {task.title(split)}. Received: none"
        )
    return found[:count]


def lengths(task, split):
    """Returns the lengths of used pairs with their begin or end, two `[N]`."""
    chosen = rows(task, split)
    return tuple(
        side.lengths[chosen] + 1 for side in encoded(task).pairs[split]
    )


@functools.lru_cache(maxsize=6)
def shapes(task):
    """Returns the shapes of the buckets, see `_buckets.bounds`."""
    return _buckets.bounds(*lengths(task, "train"), task.num_buckets)


def _encode(task):
    texts = {split: task.read(split) for split in SPLITS}
    subwords = train(
        [*texts["train"][0], *texts["train"][1]], task.num_subwords
    )
    arrays = {
        "subwords": np.frombuffer(subwords.model, np.uint8),
        "fingerprint": _fingerprint(texts),
    }
    for split, sides in texts.items():
        for side, lines in zip(SIDES, sides):
            name = f"{split}_{side}"
            arrays[name], arrays[f"{name}_lengths"] = _flat(subwords, lines)
    return arrays


def _flat(subwords, lines):
    """Returns the numbers of all lines, and how many each has, int32."""
    # Python's integers need nine times the memory of these arrays.
    parts = [np.zeros(0, np.int32)]
    counts = [np.zeros(0, np.int32)]
    for start in range(0, len(lines), _TOGETHER):
        rows = subwords.encode(lines[start : start + _TOGETHER])
        lengths = np.array(list(map(len, rows)), np.int32)
        flat = (number for row in rows for number in row)
        parts.append(np.fromiter(flat, np.int32, lengths.sum()))
        counts.append(lengths)
    return np.concatenate(parts), np.concatenate(counts)


def _fingerprint(texts):
    """Returns the `[16]` uint8 that `Encoded.fingerprint` shows."""
    digest = hashlib.sha256()
    for split in SPLITS:
        for lines in texts[split]:
            digest.update(f"{split} {len(lines)}\n".encode())
            for line in lines:
                digest.update(line.encode("utf-8", "surrogatepass") + b"\n")
    return np.frombuffer(digest.digest()[:16], np.uint8)
