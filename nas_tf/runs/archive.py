"""The run directory's journal: all proposals and all trials.

The journal determines everything else in a run. It consists of two files. Each
line is written and synced before anything depends on it:

    proposals.jsonl  one batch of proposals per line, before it is submitted
    trials.jsonl     one finished trial per line, before anything learns from it

A search by shared weights ends with a third file, `derived.jsonl`, which is
replaced as a whole.

An incomplete last line, which a crash leaves, is dropped. Any other line that
cannot be read is an error. Only one process at a time writes a run directory.
"""

import contextlib
import errno
import json
import logging
import os

import filelock

from nas_tf.errors import UsageError
from nas_tf.files import plain
from nas_tf.files import write_json
from nas_tf.files import written_whole
from nas_tf.machine import places
from nas_tf.machine.clock import RunClock
from nas_tf.runs import configuration as configurations
from nas_tf.runs import journal
from nas_tf.runs import ownership
from nas_tf.runs import pareto
from nas_tf.runs import spent
from nas_tf.runs.liveness import hold
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
        derived: List of the `Trial`s derived at the end of a search by shared
            weights, empty before and for other searches.
        tally: `Tally` of all of them.
        clock: `RunClock` of this start.
        spent: Seconds that the search has run in all its starts, as far as
            `set_spent` was told.

    Raises:
        UsageError: If the directory cannot be written, is in use, belongs to
            another configuration, has a broken journal, or holds files of
            others that would be replaced. Nothing is changed then.
    """

    def __init__(self, run_dir=None, configuration=None):
        self.run_dir = None if run_dir is None else places.local(run_dir)
        self.batches = []
        self.trials = []
        self.derived = []
        self.tally = Tally()
        self.clock = RunClock()
        self.spent = 0.0
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
        if not self._is_begun():
            ownership.check(self.run_dir, ownership.SEARCH)
        self.run_dir.mkdir(parents=True, exist_ok=True)
        # `liveness.is_live` holds it for an instant.
        self._lock = filelock.FileLock(self.run_dir / "lock", timeout=0.2)
        try:
            self._lock.acquire()
        except filelock.Timeout:
            raise UsageError(
                f"Run directory {self.run_dir} is in use by a live process."
            ) from None
        self._lock_journal(os.O_RDWR)
        path = self.run_dir / configurations.FILE
        # Before the first proposal the configuration may still change.
        begun = self._is_begun()
        if begun:
            configurations.compare(path, configuration)
        batches, trials, ends = journal.read(self.run_dir)
        if not begun:
            write_json(path, configuration)
        self.batches, self.trials = batches, trials
        self.derived = journal.read_derived(self.run_dir)
        self._count()
        self.spent = spent.read(self.run_dir, len(trials))
        self.clock = RunClock(
            max(
                (t.result.started + t.result.seconds for t in self.trials),
                default=None,
            )
        )
        self._lock_journal(os.O_RDWR | os.O_CREAT)
        for name, end in ends.items():
            file = self._files[name]
            if file.seek(0, os.SEEK_END) > end:
                logging.warning(
                    "Dropped a torn last line of %s", self.run_dir / name
                )
                file.truncate(end)

    def _is_begun(self):
        files = (self.run_dir / name for name in journal.FILES)
        return any(file.exists() and file.stat().st_size for file in files)

    def _lock_journal(self, mode):
        """Opens the journal's files and locks them too.

        The lock's own file may be removed by somebody, but whoever writes a
        journal holds it.

        Args:
            mode: Flags of `os.open`. Without `O_CREAT`, files that are missing
                are left out.
        """
        for name in journal.FILES:
            path = self.run_dir / name
            if name in self._files or not (mode & os.O_CREAT or path.exists()):
                continue
            # With a buffer, a failed write would be tried again on closing.
            # Opened without waiting, in case it is no file.
            handle = os.open(path, mode | os.O_APPEND | os.O_NONBLOCK, 0o666)
            self._files[name] = os.fdopen(handle, "ab", buffering=0)
            try:
                hold(handle)
            except BlockingIOError:
                raise UsageError(
                    f"Run directory {self.run_dir} is in use by a live process."
                ) from None

    def check(self):
        """Raises `UsageError` if the journal's files are no longer in place.

        Somebody may have removed, moved or replaced the directory.
        """
        for name, file in self._files.items():
            try:
                there = os.stat(self.run_dir / name)
                same = os.path.samestat(there, os.fstat(file.fileno()))
            except OSError:
                same = False
            if not same:
                raise UsageError(
                    f"Expected {self.run_dir / name} to be the file that this "
                    f"process writes. Received: another or none, so the "
                    f"directory was moved, removed or replaced."
                )

    def _count(self):
        self.tally = Tally()
        self.tally.redrawn = sum(batch.redrawn for batch in self.batches)
        for trial in self.trials + self.derived:
            self.tally.add(trial)

    def add_batch(self, batch):
        """Writes a batch to the journal, before it is submitted."""
        self._append(journal.PROPOSALS, batch)
        self.batches.append(batch)
        self.tally.redrawn += batch.redrawn

    def add_trial(self, proposal, result, reused=None, derived=None):
        """Writes a trial to the journal, before anything learns from it.

        A judgement, which `derived=False` says it is, costs less than syncing
        its line would. It is on disk after `sync`.

        Args:
            proposal: The `Proposal`.
            result: Its `Result`.
            reused: The `trial_id` whose result this is, or None (default).
            derived: See `Trial`. Default: None.

        Returns:
            The `Trial`.

        Raises:
            UsageError: If the file cannot be written.
        """
        if self.derived:
            # They continued the shorter search, with its weights.
            self.set_derived([])
        trial = Trial(len(self.trials), proposal, result, reused, derived)
        self._append(journal.TRIALS, trial, synced=derived is None)
        self.trials.append(trial)
        self.tally.add(trial)
        return trial

    def sync(self):
        """Waits until all trials are on disk.

        Raises:
            UsageError: If they cannot be written.
        """
        if self.run_dir is not None:
            with self._writing(journal.TRIALS):
                os.fsync(self._files[journal.TRIALS].fileno())

    def set_derived(self, trials):
        """Replaces the trials derived at the end of the search.

        Args:
            trials: List of `Trial` with `derived=True`, whose numbers continue
                those of `trials`.

        Raises:
            UsageError: If they cannot be written.
        """
        if self.run_dir is not None:
            with self._writing(journal.DERIVED):
                path = self.run_dir / journal.DERIVED
                if trials:
                    with written_whole(path, binary=True) as file:
                        file.writelines(map(_line, trials))
                else:
                    path.unlink(missing_ok=True)
        self.derived = list(trials)
        self._count()

    def set_spent(self, seconds):
        """Keeps the seconds that the search has run in all its starts.

        Where they cannot be written, the journal's next line tells why.

        Args:
            seconds: Number of seconds.
        """
        self.spent = seconds
        if self.run_dir is not None:
            with contextlib.suppress(OSError, UsageError):
                # The directory may be another run's by now.
                self.check()
                spent.write(self.run_dir, seconds, len(self.trials))

    def best(self, count=1):
        """Returns the best trials, see `best_of`."""
        return best_of(self.trials + self.derived, count)

    def pareto_front(self, cost="params"):
        """Returns the Pareto front, see `nas_tf.runs.pareto.pareto_front`."""
        return pareto.pareto_front(self.trials + self.derived, cost)

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

    def _append(self, name, record, synced=True):
        if self.run_dir is None:
            return
        line = _line(record)
        self.check()
        file = self._files[name]
        with self._writing(name):
            while line:
                line = line[file.write(line) :]
            if synced:
                os.fsync(file.fileno())

    def __getstate__(self):
        """Returns the records alone: a copy elsewhere writes nothing."""
        return {**self.__dict__, "_files": {}, "_lock": None, "run_dir": None}

    @contextlib.contextmanager
    def _writing(self, name):
        """Turns an error of writing a file into one line."""
        try:
            yield
            # A file that was removed can be written, but nobody finds it.
            if not (self.run_dir / name).exists() and name != journal.DERIVED:
                raise FileNotFoundError(errno.ENOENT, "it was removed")
        except OSError as error:
            raise UsageError(
                f"Cannot write {self.run_dir / name}: {error.strerror}. The "
                f"same command resumes the run."
            ) from error


def _line(record):
    """Returns a record's line of the journal as bytes."""
    text = json.dumps(record.to_json(), allow_nan=False, default=plain)
    return f"{text}\n".encode()
