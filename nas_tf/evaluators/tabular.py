"""Children are not trained but looked up, in a table of known results.

A search over such a table takes seconds, so that strategies can be compared
over many seeds (as with NAS-Bench-201, Dong & Yang 2020).
"""

import csv
import dataclasses
import functools
import gzip
import math
import os
import time
import zlib

from nas_tf import registry
from nas_tf import trial
from nas_tf.checks import check
from nas_tf.checks import is_number
from nas_tf.errors import UsageError
from nas_tf.evaluators.base import Evaluator


@dataclasses.dataclass(frozen=True)
class Tabular(Evaluator):
    """Results from a CSV file, with a line of column names and UTF-8 text.

    A process reads the file once, and again only when the file has changed.
    An architecture that has no row is a trial with the status "invalid" and
    the reward 0.

    Attributes:
        path: The file; it is compressed if its name ends in ".gz".
        key: Name of the column that says which architecture a row is about,
            by what the space's `key` returns.
        reward: Name of the column of rewards, finite numbers.
        quality: Name of a column of finite numbers that the strategy never
            sees, for instance a test accuracy; it becomes the trial's metric
            "quality". None for none.
        scale: Factor of rewards and qualities, > 0. 0.01 turns percent into
            fractions, the size of reward that strategies expect.

    Raises:
        UsageError: If there is no such table: the file or a column is
            missing, a number is none, or two rows have one key.
    """

    path: str = dataclasses.field(metadata=registry.location())
    key: str
    reward: str
    quality: str | None = None
    scale: float = 1.0

    needs_task = False

    def __post_init__(self):
        check(self, "path", isinstance(self.path, str), "a string")
        value = self.scale
        good = is_number(value) and 0 < value < math.inf
        check(self, "scale", good, "a finite number > 0")
        # What is wrong with a table is told before a search begins.
        self._rows()

    def warm_up(self, space, task):
        self._rows()

    def evaluate(self, space, task, actions, seed):
        started = time.time()
        rows = self._rows()
        spec, metrics, error = None, {}, ""
        try:
            spec = space.decode(actions).to_json()
            key = space.key(actions)
            if key not in rows:
                raise UsageError(
                    f"Expected a row of '{self.path}' for the architecture. "
                    f"Received: none with {self.key} {key}"
                )
            status = trial.OK
            reward, *quality = rows[key]
            if quality:
                metrics["quality"] = quality[0]
        except UsageError as refusal:
            status, reward = trial.INVALID, task.failure_reward
            error = str(refusal)
        return trial.Result(
            status=status,
            reward=reward,
            metrics=metrics,
            spec=spec,
            started=started,
            seconds=time.time() - started,
            error=error,
        )

    def _rows(self):
        """Returns a dict from key to the reward and, if any, the quality."""
        try:
            facts = os.stat(self.path)
        except (OSError, ValueError) as error:
            raise _no_table(self.path, error) from None
        columns = (self.key, self.reward)
        if self.quality is not None:
            columns += (self.quality,)
        version = (facts.st_ino, facts.st_size, facts.st_mtime_ns)
        return _read(self.path, version, columns, self.scale)


@functools.lru_cache(maxsize=8)
def _read(path, version, columns, scale):
    unzip = gzip.open if path.endswith(".gz") else open
    try:
        # Excel begins a file with a mark that is no part of the first name.
        with unzip(path, "rt", encoding="utf-8-sig", newline="") as file:
            return _rows_of(csv.reader(file, strict=True), columns, scale, path)
    except UsageError:
        raise
    except (OSError, EOFError, ValueError, zlib.error, csv.Error) as error:
        raise _no_table(path, error) from None


def _rows_of(lines, columns, scale, path):
    header = next(lines, [])
    for name in columns:
        if header.count(name) != 1:
            listed = ", ".join(header) or "none"
            raise UsageError(
                f"Expected one column '{name}' in '{path}', which has: "
                f"{listed}. Received: {header.count(name)}"
            )
    key_at, *numbers_at = map(header.index, columns)
    rows = {}
    for cells in lines:
        if not cells:
            continue
        place = f"in line {lines.line_num} of '{path}'"
        if len(cells) != len(header):
            raise UsageError(
                f"Expected {len(header)} cells {place}. Received: {len(cells)}"
            )
        key = cells[key_at]
        if key in rows:
            raise UsageError(
                f"Expected each '{columns[0]}' once. Received: {key!r} again "
                f"{place}"
            )
        rows[key] = tuple(
            _number(cells[at], header[at], scale, place) for at in numbers_at
        )
    if not rows:
        raise UsageError(f"Expected rows in '{path}'. Received: none")
    return rows


def _number(text, name, scale, place):
    try:
        value = float(text) * scale
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise UsageError(
            f"Expected a finite number as '{name}' {place}. Received: {text!r}"
        )
    return value


def _no_table(path, error):
    reason = getattr(error, "strerror", None) or str(error)
    reason = reason.splitlines()[0] if reason else type(error).__name__
    return UsageError(f"Expected a CSV file at '{path}'. Received: {reason}")


make = Tabular
