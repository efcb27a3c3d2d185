"""Reads pairs of lines: a file for each language, or a table."""

import pathlib

import numpy as np

from nas_tf.errors import UsageError
from nas_tf.seeds import generator
from nas_tf.tasks._symbols import read_lines

# The names that files of a split have before the language.
NAMES = {
    "train": ("train",),
    "valid": ("valid", "val", "dev", "validation"),
    "test": ("test",),
}
# A split that has no file is this share of the training pairs, but not more.
DRAWN_SHARE = 10
MOST_DRAWN = 1000


def files_in(folder, source, target, test_name=None):
    """Returns the files of each split in a folder.

    Args:
        folder: `pathlib.Path`.
        source: Language of the source, the ending of its files.
        target: Language of the target.
        test_name: Name of the test files before the language, or None for
            "test" or the only name that begins with it.

    Returns:
        Dict from split to a pair of `pathlib.Path`; splits without files are
        missing.

    Raises:
        UsageError: If there are no training files, or a file has no partner.
    """
    found = {}
    for split, names in NAMES.items():
        if split == "test":
            names = [test_name or _test_name(folder, source)]
        for name in names:
            pair = [folder / f"{name}.{ending}" for ending in (source, target)]
            there = [path.is_file() for path in pair]
            if any(there) and not all(there):
                raise UsageError(
                    f"Expected {pair[0].name} and {pair[1].name} in {folder}. "
                    f"Received: the {'first' if there[0] else 'second'} alone"
                )
            if all(there):
                found[split] = tuple(pair)
                break
    if test_name and "test" not in found:
        raise UsageError(
            f"Expected {test_name}.{source} and {test_name}.{target} in "
            f"{folder}, which test_name names. Received: neither"
        )
    if "train" not in found:
        raise UsageError(
            f"Expected train.{source} and train.{target}, lines and their "
            f"translations, in {folder}. Received: {_content(folder)}"
        )
    return found


def read_pair(paths):
    """Returns the lines of two files, two lists of one length.

    Raises:
        UsageError: If a file cannot be read, or they differ in length.
    """
    lines = [read_lines(path) for path in paths]
    if len(lines[0]) != len(lines[1]):
        raise UsageError(
            f"Expected as many lines in {paths[0]} as in {paths[1]}, each the "
            f"translation of the other. Received: {len(lines[0]):,} and "
            f"{len(lines[1]):,}"
        )
    return lines


def read_table(path, source, target):
    """Returns two columns of a table of tab-separated values.

    If the first line has the names of both languages, these are the columns,
    else they are the first two, and the first line is a pair as well.

    Raises:
        UsageError: If the file cannot be read, or a line lacks a column.
    """
    rows = [line.split("\t") for line in read_lines(path)]
    columns, first = (0, 1), 0
    header = [cell.strip() for cell in rows[0]]
    if source in header and target in header:
        columns, first = (header.index(source), header.index(target)), 1
    found = ([], [])
    for number, row in enumerate(rows[first:], first + 1):
        if len(row) == 1 and not row[0].strip():
            continue
        if len(row) <= max(columns):
            raise UsageError(
                f"Expected {max(columns) + 1} columns with a tab between them. "
                f"Received: {path}, line {number} with {len(row)}"
            )
        for lines, column in zip(found, columns):
            lines.append(row[column])
    if not found[0]:
        raise UsageError(f"Expected pairs of lines. Received: {path} without")
    return found


def without_empty(sources, targets):
    """Returns the pairs whose lines both have text, two lists."""
    pairs = [
        pair
        for pair in zip(sources, targets)
        if pair[0].strip() and pair[1].strip()
    ]
    return [list(side) for side in zip(*pairs)] or [[], []]


def drawn(sources, missing, seed):
    """Draws splits from pairs; equal sources are in one split.

    Args:
        sources: List of lines.
        missing: Names of the splits to draw, of "valid" and "test".
        seed: Integer that decides which pairs they get.

    Returns:
        Dict from "train" and each of `missing` to `[N]` integers, the numbers
        of its pairs in order.

    Raises:
        UsageError: If there are too few pairs.
    """
    kinds, kind = np.unique(np.array(sources, object), return_inverse=True)
    size = min(MOST_DRAWN, len(kinds) // DRAWN_SHARE)
    if missing and not size:
        raise UsageError(
            f"Expected at least {DRAWN_SHARE} different pairs to draw "
            f"{' and '.join(missing)} from, or files for them. Received: "
            f"{len(kinds)}"
        )
    order = generator(seed, "pairs").permutation(len(kinds))
    place = np.empty(len(kinds), int)
    place[order] = np.arange(len(kinds))
    part = place[kind] // size if missing else np.full(len(kind), len(missing))
    found = {
        name: np.flatnonzero(part == number)
        for number, name in enumerate(missing)
    }
    return {**found, "train": np.flatnonzero(part >= len(missing))}


def _test_name(folder, source):
    ending = f".{source}"
    names = [
        path.name.removesuffix(ending)
        for path in sorted(folder.glob(f"test*{ending}"))
    ]
    if "test" in names or not names:
        return "test"
    if len(names) > 1:
        raise UsageError(
            f"Expected test_name, the name of the test files, one of "
            f"{', '.join(names)} in {folder}. Received: none"
        )
    return names[0]


def _content(folder):
    names = sorted(path.name for path in pathlib.Path(folder).iterdir())
    listed = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
    return listed or "an empty folder"
