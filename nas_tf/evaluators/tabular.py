"""Looks children up in a table of known results instead of training them.

A search over such a table takes seconds, so strategies can be compared over
many seeds, as with NAS-Bench-201 (Dong & Yang 2020).
"""

import contextlib
import csv
import dataclasses
import functools
import gzip
import hashlib
import io
import math
import os
import zlib

from nas_tf import checks
from nas_tf import reading
from nas_tf import registry
from nas_tf import trial
from nas_tf.errors import UsageError
from nas_tf.evaluators.base import Evaluator
from nas_tf.machine import clock
from nas_tf.machine import places
from nas_tf.trial import SIZES

# Bytes of a table, unpacked. A compressed file of megabytes may hold terabytes.
LARGEST = 2**30


@dataclasses.dataclass(frozen=True)
class Tabular(Evaluator):
    """Takes results from a CSV file in UTF-8 whose first line names columns.

    A process reads the file once, and again only after the file has changed.
    An architecture without a row is a trial with the status "invalid" and the
    reward 0.

    Attributes:
        path: The file, of at most 1 GiB. A name that ends in ".gz" is a
            compressed file, which is at most that large when unpacked.
        key: Name of the column that identifies a row's architecture, by what
            the space's `key` returns.
        reward: Name of the column of rewards, finite numbers.
        quality: Name of a column of finite numbers that the strategy never
            sees, for instance a test accuracy. It becomes the trial's metric
            "quality". Default: None.
        scale: Factor of rewards and qualities, > 0. 0.01 turns percent into
            fractions, the range of rewards that strategies expect. Default: 1.
        metrics: Names of further columns of finite numbers. They become
            metrics of the trial under their own names, and are not multiplied
            by `scale`. A column named "params" or "multiply_adds" contains
            whole numbers and is also the trial's size. Default: none.
        params: Name of a column of whole numbers, the number of trainable
            parameters. Default: None.

    Raises:
        UsageError: If the file or a column is missing, a number is not one, or
            two rows have the same key.
    """

    path: str = dataclasses.field(metadata=registry.location())
    key: str
    reward: str
    quality: str | None = None
    scale: float = 1.0
    metrics: tuple = ()
    params: str | None = None

    needs_task = False

    def __post_init__(self):
        checks.text(self, "path", "key", "reward")
        checks.text(self, "quality", "params", optional=True)
        checks.number(self, "scale", above=0)
        names = self.metrics
        good = names == () or checks.is_tuple_of_different(names)
        good = good and all(isinstance(name, str) for name in names)
        good = good and not {"reward", "quality"} & set(names)
        wanted = "a tuple of different columns, none 'reward' or 'quality'"
        checks.check(self, "metrics", good, wanted)
        # Mistakes in a table are reported before a search starts.
        self._table()

    def reward_formula(self, task):
        scale = "" if self.scale == 1 else f" times {self.scale:g}"
        return f"the table's column {self.reward}{scale}"

    def identity(self):
        table = self._table()
        return {
            "rows": len(table.rows),
            "fingerprint of the table": table.fingerprint,
        }

    def knows(self, size):
        return size in self._columns

    def warm_up(self, space, task):
        self._table()

    def evaluate(self, space, task, actions, seed):
        timer = clock.Timer()
        rows = self._table().rows
        spec, error = None, ""
        facts = {}
        try:
            spec = space.decode(actions).to_json()
            key = space.key(actions)
            if key not in rows:
                raise UsageError(
                    f"Expected a row of '{self.path}' for the architecture. "
                    f"Received: none with {self.key} {key}"
                )
            facts = dict(zip(self._columns, rows[key]))
            status, reward = trial.OK, facts["reward"]
        except UsageError as refusal:
            status, reward = trial.INVALID, task.failure_reward
            error = str(refusal)
        return trial.Result(
            status=status,
            reward=reward,
            metrics={
                name: facts[name]
                for name in ("quality", *self.metrics)
                if name in facts
            },
            spec=spec,
            **{size: facts.get(size) for size in SIZES},
            **timer.facts(),
            error=error,
        )

    @functools.cached_property
    def _columns(self):
        """A dict from the meaning of a column to its name."""
        columns = {"reward": self.reward, "quality": self.quality}
        columns |= {name: name for name in self.metrics}
        if self.params is not None:
            columns["params"] = self.params
        return {what: name for what, name in columns.items() if name}

    @functools.cached_property
    def _place(self):
        """The path as a string, and how the columns are read."""
        readers = tuple(
            (name, _READERS.get(what, _plain), self.scale)
            for what, name in self._columns.items()
        )
        return str(places.local(self.path)), readers

    def _table(self):
        """Returns the `_Table`, which is read again once it has changed."""
        try:
            path, readers = self._place
            facts = os.stat(path)
        except (OSError, ValueError) as error:
            raise _no_table(self.path, error) from None
        version = (facts.st_ino, facts.st_size, facts.st_mtime_ns)
        return _read(path, version, self.key, readers)


class _Table:
    """A dict `rows` from key to numbers, in the order of the columns."""

    def __init__(self, rows):
        self.rows = rows

    @functools.cached_property
    def fingerprint(self):
        digest = hashlib.sha256(repr(sorted(self.rows.items())).encode())
        return digest.hexdigest()[:32]


@functools.lru_cache(maxsize=8)
def _read(path, version, key, readers):
    def too_large():
        limit = f"more than {LARGEST:,} bytes"
        return _no_table(path, ValueError(limit))

    try:
        with (
            reading.opened(path, f"a CSV file at '{path}'") as file,
            _encoding_told(path),
        ):
            if path.endswith(".gz"):
                file = gzip.GzipFile(fileobj=file)
            bounded = reading.Bounded(file, LARGEST, too_large)
            # Excel writes a mark before the first name.
            text = io.TextIOWrapper(
                io.BufferedReader(bounded), encoding="utf-8-sig", newline=""
            )
            lines = csv.reader(text, strict=True)
            return _Table(_rows_of(lines, path, key, readers))
    except UsageError:
        raise
    except (OSError, EOFError, ValueError, zlib.error, csv.Error) as error:
        raise _no_table(path, error) from None


@contextlib.contextmanager
def _encoding_told(path):
    try:
        yield
    except UnicodeDecodeError as error:
        byte = f"the byte 0x{error.object[error.start]:02x}, which is not"
        raise _not_utf_8(path, byte) from None


def _rows_of(lines, path, key, readers):
    header = next(lines, [])
    if any("\0" in name for name in header):
        raise _not_utf_8(path, reading.WIDE)
    for name in (key, *(name for name, _, _ in readers)):
        if header.count(name) != 1:
            listed = ", ".join(header) or "none"
            raise UsageError(
                f"Expected one column '{name}' in '{path}', which has: "
                f"{listed}. Received: {header.count(name)}"
            )
    key_at = header.index(key)
    readers = [(header.index(reader[0]), *reader) for reader in readers]
    rows = {}
    for cells in lines:
        if not cells:
            continue
        place = f"in line {lines.line_num} of '{path}'"
        if len(cells) != len(header):
            raise UsageError(
                f"Expected {len(header)} cells {place}. Received: {len(cells)}"
            )
        if cells[key_at] in rows:
            raise UsageError(
                f"Expected each '{key}' once. Received: {cells[key_at]!r} "
                f"again {place}"
            )
        rows[cells[key_at]] = tuple(
            read(cells[at], name, scale, place)
            for at, name, read, scale in readers
        )
    if not rows:
        raise UsageError(f"Expected rows in '{path}'. Received: none")
    return rows


def _plain(text, name, scale, place):
    return _number(text, 1.0, f"a finite number as '{name}' {place}")


def _scaled(text, name, scale, place):
    return _number(text, scale, f"a finite number as '{name}' {place}")


def _size(text, name, scale, place):
    wanted = f"a whole number as '{name}' {place}"
    value = _number(text, 1.0, wanted)
    if value < 0 or value != int(value):
        raise UsageError(f"Expected {wanted}. Received: {text!r}")
    return int(value)


_READERS = {
    "reward": _scaled,
    "quality": _scaled,
    "params": _size,
    "multiply_adds": _size,
}


def _number(text, scale, wanted):
    try:
        value = float(text) * scale
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise UsageError(f"Expected {wanted}. Received: {text!r}")
    return value


def _no_table(path, error):
    reason = getattr(error, "strerror", None) or str(error)
    reason = reason.splitlines()[0] if reason else type(error).__name__
    return UsageError(f"Expected a CSV file at '{path}'. Received: {reason}")


def _not_utf_8(path, found):
    return UsageError(
        f"Expected a CSV file in UTF-8 at '{path}'. Received: {found}"
    )


make = Tabular
