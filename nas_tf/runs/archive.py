"""The run directory's journal: what was proposed, and what became of it.

The journal is the truth of a run. Two files grow by whole lines, each written
and synced before anything depends on it:

    proposals.jsonl  one batch of proposals a line, before it is submitted
    trials.jsonl     one finished trial a line, before anything learns from it

A line that a crash tore off at the end is dropped; anything else that is not
a line of ours is an error. One process at a time writes a run directory.
"""

import collections
import dataclasses
import json
import logging
import os
import pathlib

import filelock

from nas_tf.errors import UsageError
from nas_tf.files import write_json
from nas_tf.runs import configuration as configurations
from nas_tf.runs import pareto
from nas_tf.trial import OK
from nas_tf.trial import Trial
from nas_tf.trial import proposal_from_json

PROPOSALS = "proposals.jsonl"
TRIALS = "trials.jsonl"


@dataclasses.dataclass(frozen=True)
class Batch:
    """Proposals drawn together.

    Attributes:
        number: From 0, in the order of drawing.
        updates: How many updates the strategy had seen.
        redrawn: How many oversize architectures were drawn and put back.
        proposals: Tuple of `Proposal`.
    """

    number: int
    updates: int
    redrawn: int
    proposals: tuple

    def to_json(self):
        return {
            "batch": self.number,
            "updates": self.updates,
            "redrawn": self.redrawn,
            # The values are JSON's own, there is nothing in them to turn.
            "proposals": [vars(proposal) for proposal in self.proposals],
        }

    @classmethod
    def from_json(cls, record):
        return cls(
            record["batch"],
            record["updates"],
            record["redrawn"],
            tuple(proposal_from_json(p) for p in record["proposals"]),
        )


class Tally:
    """Counts over all trials, kept so that nobody has to go through them.

    Attributes:
        statuses: `collections.Counter` of trials by status.
        reused: Trials that took over the result of an equal one.
        redrawn: Architectures put back for their size.
        total_reward: Sum of all rewards.
        best: Successful trial of the highest reward, the first of equals; or
            None.
    """

    def __init__(self):
        self.statuses = collections.Counter()
        self.reused = 0
        self.redrawn = 0
        self.total_reward = 0.0
        self.best = None

    @property
    def failed(self):
        return self.statuses.total() - self.statuses[OK]

    def add(self, trial):
        self.statuses[trial.result.status] += 1
        self.reused += trial.reused is not None
        self.total_reward += trial.reward
        if trial.ok and (self.best is None or trial.reward > self.best.reward):
            self.best = trial


class Archive:
    """All batches and trials of a run, in memory and, if asked, on disk.

    Args:
        run_dir: Directory to write and go on from, made if missing; None to
            keep everything in memory.
        configuration: JSON-able dict of what may not change between two
            starts of a run.

    Attributes:
        run_dir: `pathlib.Path` or None.
        batches: List of `Batch`, by number.
        trials: List of `Trial`, in the order of finishing.
        tally: `Tally` of them.

    Raises:
        UsageError: If the directory cannot be written, is in use, belongs to
            another configuration, or holds a broken journal. It is then left
            as it was.
    """

    def __init__(self, run_dir=None, configuration=None):
        self.run_dir = None if run_dir is None else pathlib.Path(run_dir)
        self.batches = []
        self.trials = []
        self.tally = Tally()
        self._files = {}
        self._lock = None
        if self.run_dir is not None:
            try:
                self._open(configuration)
            except OSError as error:
                self.close()
                raise UsageError(
                    f"Expected a run directory that can be written. Received: "
                    f"{self.run_dir} ({error.strerror or error})"
                ) from None
            except UsageError:
                self.close()
                raise

    def _open(self, configuration):
        self.run_dir.mkdir(parents=True, exist_ok=True)
        self._lock = filelock.FileLock(self.run_dir / "lock", timeout=0)
        try:
            self._lock.acquire()
        except filelock.Timeout:
            raise UsageError(
                f"Run directory {self.run_dir} is in use by a live process."
            ) from None
        path = self.run_dir / configurations.FILE
        # Until something was proposed the directory belongs to nobody.
        begun = any(
            file.exists() and file.stat().st_size > 0
            for file in (self.run_dir / PROPOSALS, self.run_dir / TRIALS)
        )
        if begun:
            configurations.compare(path, configuration)
        batches, proposals_end = _read_batches(self.run_dir)
        trials, trials_end = _read_trials(self.run_dir)
        _check_proposed(self.run_dir, trials, batches)
        if not begun:
            write_json(path, configuration)
        self.batches, self.trials = batches, trials
        self.tally.redrawn = sum(batch.redrawn for batch in batches)
        for trial in trials:
            self.tally.add(trial)
        for name, end in ((PROPOSALS, proposals_end), (TRIALS, trials_end)):
            # Without a buffer there is nothing left to be written later by
            # a file that could not be written to.
            file = open(self.run_dir / name, "ab", buffering=0)
            self._files[name] = file
            if file.tell() > end:
                logging.warning(
                    "Dropped a torn last line of %s", self.run_dir / name
                )
                file.truncate(end)

    def add_batch(self, batch):
        """Writes a batch down; it may be submitted afterwards."""
        self._append(PROPOSALS, batch)
        self.batches.append(batch)
        self.tally.redrawn += batch.redrawn

    def add_trial(self, proposal, result, reused=None):
        """Writes a trial down; it may be learned from afterwards.

        Returns:
            The `Trial`.
        """
        trial = Trial(len(self.trials), proposal, result, reused)
        self._append(TRIALS, trial)
        self.trials.append(trial)
        self.tally.add(trial)
        return trial

    def best(self, count=1):
        """Returns what `best_of` does, of all trials."""
        return best_of(self.trials, count)

    def pareto_front(self, cost="params"):
        """Returns what `runs.pareto.pareto_front` does, of all trials."""
        return pareto.pareto_front(self.trials, cost)

    def close(self):
        """Lets go of the run directory."""
        for file in self._files.values():
            file.close()
        self._files = {}
        if self._lock is not None:
            self._lock.release()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _append(self, name, record):
        if self.run_dir is None:
            return
        line = json.dumps(record.to_json(), allow_nan=False) + "\n"
        line = line.encode()
        file = self._files[name]
        try:
            while line:
                line = line[file.write(line) :]
            os.fsync(file.fileno())
        except OSError as error:
            raise UsageError(
                f"Cannot write {self.run_dir / name}: {error.strerror}. The "
                f"run can go on from there by the same command."
            ) from error


def best_of(trials, count=1):
    """Returns up to `count` different successful trials, best first.

    One that took over another's result is not counted.
    """
    ranked = sorted(
        (t for t in trials if t.ok and t.reused is None),
        key=lambda t: (-t.reward, t.trial_id),
    )
    best, seen = [], set()
    for trial in ranked:
        spec = json.dumps(trial.result.spec, sort_keys=True)
        if spec not in seen:
            seen.add(spec)
            best.append(trial)
        if len(best) == count:
            break
    return best


def read_trials(run_dir):
    """Returns the list of trials of a run, without taking hold of it.

    Raises:
        UsageError: If there is no such run, or its journal is broken.
    """
    run_dir = pathlib.Path(run_dir)
    if not (run_dir / TRIALS).is_file():
        raise UsageError(f"Expected a run directory. Received: {run_dir}")
    return _read_trials(run_dir)[0]


def _read_batches(run_dir):
    return _read(run_dir / PROPOSALS, Batch.from_json, "number")


def _read_trials(run_dir):
    return _read(run_dir / TRIALS, Trial.from_json, "trial_id")


def _check_proposed(run_dir, trials, batches):
    """Raises `UsageError` unless each trial is of a proposal of its own."""
    proposals = {p.proposal_id: p for b in batches for p in b.proposals}
    for trial in trials:
        if proposals.pop(trial.proposal.proposal_id, None) != trial.proposal:
            raise UsageError(
                f"Expected trial {trial.trial_id} of {run_dir / TRIALS} to "
                f"be of a proposal in {PROPOSALS} that no other is of."
            )


def _read(path, from_json, place):
    """Returns the records of a file and where its last whole line ends.

    Args:
        path: The file.
        from_json: Makes a record of a line's JSON.
        place: The record's attribute that counts the lines from 0.
    """
    if not path.exists():
        return [], 0
    data = path.read_bytes()
    end = data.rfind(b"\n") + 1
    records = []
    for number, line in enumerate(data[:end].splitlines()):
        try:
            record = from_json(json.loads(line))
        except (ValueError, KeyError, TypeError):
            record = None
        if getattr(record, place, None) != number:
            raise UsageError(
                f"Expected record {number} in line {number + 1} of {path}. "
                f"Received: {line[:60].decode(errors='replace')!r}"
            )
        records.append(record)
    return records, end
