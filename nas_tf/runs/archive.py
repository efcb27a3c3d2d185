"""The run directory's journal: all proposals and all trials.

The journal determines everything else in a run. It consists of two files. Each
line is written and synced before anything depends on it:

    proposals.jsonl  one batch of proposals per line, before it is submitted
    trials.jsonl     one finished trial per line, before anything learns from it

An incomplete last line, which a crash leaves, is dropped. Any other line that
cannot be read is an error. Only one process at a time writes a run directory.
"""

import json
import logging
import os
import pathlib

import filelock

from nas_tf.errors import UsageError
from nas_tf.files import write_json
from nas_tf.runs import configuration as configurations
from nas_tf.runs import journal
from nas_tf.runs import pareto
from nas_tf.runs.tally import Tally
from nas_tf.runs.tally import best_of
from nas_tf.trial import Trial


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
        # `liveness.is_live` holds it for an instant.
        self._lock = filelock.FileLock(self.run_dir / "lock", timeout=0.2)
        try:
            self._lock.acquire()
        except filelock.Timeout:
            raise UsageError(
                f"Run directory {self.run_dir} is in use by a live process."
            ) from None
        path = self.run_dir / configurations.FILE
        # Before the first proposal the configuration may still change.
        files = (self.run_dir / name for name in journal.FILES)
        begun = any(file.exists() and file.stat().st_size for file in files)
        if begun:
            configurations.compare(path, configuration)
        batches, trials, ends = journal.read(self.run_dir)
        if not begun:
            write_json(path, configuration)
        self.batches, self.trials = batches, trials
        self.tally.redrawn = sum(batch.redrawn for batch in batches)
        for trial in trials:
            self.tally.add(trial)
        for name, end in ends.items():
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
        self._append(journal.PROPOSALS, batch)
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
        self._append(journal.TRIALS, trial)
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
