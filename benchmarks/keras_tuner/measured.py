"""Runs a script and reads from its files when it had which accuracy."""

import bisect
import dataclasses
import json
import pathlib
import subprocess
import tempfile
import threading
import time
import typing

import psutil

# Seconds between two readings of the processor time.
INTERVAL = 0.2


class Event(typing.NamedTuple):
    """The end of the training of one child.

    Attributes:
        wall: Seconds since the start of the script.
        cpu: Processor seconds of the script and its workers until then.
        accuracy: Validation accuracy, 0 to 1.
    """

    wall: float
    cpu: float
    accuracy: float


@dataclasses.dataclass(frozen=True)
class Run:
    """One run of a script.

    Attributes:
        events: List of `Event`, by time.
        test: Test accuracy that the script printed, 0 to 1.
        cpu: Processor seconds of the whole script.
    """

    events: list
    test: float
    cpu: float

    @property
    def best(self):
        return max(event.accuracy for event in self.events)

    def reached(self, accuracy):
        """Returns the first event with at least that accuracy."""
        return next(e for e in self.events if e.accuracy >= accuracy)

    def __str__(self):
        last = self.events[-1]
        return (
            f"{len(self.events)} children in {last.wall:.1f} s, processor "
            f"{last.cpu:.1f} s, best {self.best:.4f}, test {self.test:.4f}, "
            f"whole script {self.cpu:.1f} s of the processor"
        )


def run(command, folder):
    """Runs a script that writes to a folder, and returns the `Run`.

    Args:
        command: List of strings. The last line that it prints ends with the
            test accuracy.
        folder: Directory of nas_tf's run or of KerasTuner's project.

    Raises:
        RuntimeError: If it fails, with what it wrote.
    """
    start = time.time()
    with (
        tempfile.TemporaryFile("w+") as output,
        tempfile.TemporaryFile("w+") as errors,
    ):
        process = subprocess.Popen(command, stdout=output, stderr=errors)
        clock = _Clock(process.pid, start)
        process.wait()
        clock.stop()
        output.seek(0)
        errors.seek(0)
        if process.returncode:
            raise RuntimeError(errors.read()[-2000:])
        printed = output.read().split()
    finished = sorted(_finished(pathlib.Path(folder)))
    events = [
        Event(when - start, clock.cpu(when - start), accuracy)
        for when, accuracy in finished
    ]
    return Run(events, float(printed[-1]), clock.readings[-1][1])


def _finished(folder):
    """Yields the time and the validation accuracy of each finished child."""
    journal = folder / "trials.jsonl"
    if journal.exists():
        for line in journal.read_text().splitlines():
            trial = json.loads(line)
            if trial["status"] == "ok":
                when = trial["started"] + trial["seconds"]
                yield when, trial["metrics"]["val_accuracy"]
        return
    for path in folder.glob("untitled_project/trial_*/trial.json"):
        yield path.stat().st_mtime, json.loads(path.read_text())["score"]


class _Clock(threading.Thread):
    """Reads the processor time of a process and of all it has started."""

    def __init__(self, pid, start):
        super().__init__(daemon=True)
        self.readings = [(0.0, 0.0)]
        self._start_time = start
        self._process = psutil.Process(pid)
        self._seen = {}
        self._end = threading.Event()
        self.start()

    def run(self):
        while not self._end.wait(INTERVAL):
            self._read()

    def _read(self):
        try:
            own = self._process.children(recursive=True)
            for process in [self._process, *own]:
                times = process.cpu_times()
                self._seen[process.pid] = times.user + times.system
        except psutil.NoSuchProcess:
            pass
        wall = time.time() - self._start_time
        self.readings.append((wall, sum(self._seen.values())))

    def stop(self):
        self._end.set()
        self.join()

    def cpu(self, wall):
        """Returns the processor seconds up to a time, interpolated."""
        index = bisect.bisect(self.readings, (wall,))
        if index == len(self.readings):
            return self.readings[-1][1]
        (before, low), (after, high) = self.readings[index - 1 : index + 1]
        return low + (high - low) * (wall - before) / (after - before)
