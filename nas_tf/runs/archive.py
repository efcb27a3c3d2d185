"""The run directory's journal: all proposals and all trials.

The journal determines everything else in a run. It consists of two files. Each
line is written and synced before anything depends on it:

    proposals.jsonl  one batch of proposals per line, before it is submitted
    trials.jsonl     one finished trial per line, before anything learns from it

An incomplete last line, which a crash leaves, is dropped. Any other line that
cannot be read is an error. Only one process at a time writes a run directory.
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
        updates: Number of updates of the strategy before the batch was drawn.
        redrawn: Number of architectures discarded because they were too large.
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
            # All values are JSON types already.
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
    """Counts over all trials, updated with each trial.

    Attributes:
        statuses: `collections.Counter` of trials by status.
        reused: Number of trials that got the result of an equal one.
        redrawn: Number of architectures discarded because they were too large.
        total_reward: Sum of all rewards.
        best: The successful trial with the highest reward, the first of equal
            ones; None if there is none.
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
    """All batches and trials of a run, in memory and optionally on disk.

    Args:
        run_dir: Directory to write to and to resume from, made if missing.
            None (default) keeps everything in memory.
        configuration: JSON-able dict of what may not change between two
            starts of a run, see `nas_tf.runs.configuration`.

    Attributes:
        run_dir: `pathlib.Path` or None.
        batches: List of `Batch`, by number.
        trials: List of `Trial`, in the order of finishing.
        tally: `Tally` of the trials.

    Raises:
        UsageError: If the directory cannot be written, is in use, belongs to
            another configuration, or has a broken journal. Nothing is changed
            then.
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
        # Before the first proposal the configuration may still change.
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
            # With a buffer, a failed write would be tried again on closing.
            file = open(self.run_dir / name, "ab", buffering=0)
            self._files[name] = file
            if file.tell() > end:
                logging.warning(
                    "Dropped a torn last line of %s", self.run_dir / name
                )
                file.truncate(end)

    def add_batch(self, batch):
        """Writes a batch to the journal, before it is submitted."""
        self._append(PROPOSALS, batch)
        self.batches.append(batch)
        self.tally.redrawn += batch.redrawn

    def add_trial(self, proposal, result, reused=None):
        """Writes a trial to the journal, before anything learns from it.

        Args:
            proposal: The `Proposal`.
            result: Its `Result`.
            reused: The `trial_id` whose result this is, or None (default).

        Returns:
            The `Trial`.

        Raises:
            UsageError: If the file cannot be written.
        """
        trial = Trial(len(self.trials), proposal, result, reused)
        self._append(TRIALS, trial)
        self.trials.append(trial)
        self.tally.add(trial)
        return trial

    def best(self, count=1):
        """Returns the best trials, see `best_of`."""
        return best_of(self.trials, count)

    def pareto_front(self, cost="params"):
        """Returns the Pareto front, see `nas_tf.runs.pareto.pareto_front`."""
        return pareto.pareto_front(self.trials, cost)

    def close(self):
        """Closes the files and releases the lock."""
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
                f"same command resumes the run."
            ) from error


def best_of(trials, count=1):
    """Returns the best successful trials of different architectures.

    Trials that got the result of an equal one are left out.

    Args:
        trials: Iterable of `Trial`.
        count: Largest number of trials. Default: 1.

    Returns:
        List of `Trial`, the best first.
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
    """Returns the list of trials of a run, without locking its directory.

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
    """Raises `UsageError` unless each trial has a proposal of its own."""
    proposals = {p.proposal_id: p for b in batches for p in b.proposals}
    for trial in trials:
        if proposals.pop(trial.proposal.proposal_id, None) != trial.proposal:
            raise UsageError(
                f"Expected trial {trial.trial_id} of {run_dir / TRIALS} to "
                f"belong to a proposal in {PROPOSALS} that has no other trial."
            )


def _read(path, from_json, place):
    """Returns the records of a file, and the offset where its last line ends.

    Args:
        path: The file.
        from_json: Function from a line's JSON to a record.
        place: Name of the record's attribute that is the line's number from 0.
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
