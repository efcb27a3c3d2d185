"""Runs commands of the package, several at a time, each on its own core."""

import dataclasses
import os
import pathlib
import subprocess
import sys
import time

from nas_tf.files import read_json
from nas_tf.files import write_json
from nas_tf.files import written_whole
from nas_tf.machine.parent import die_with
from nas_tf.runs import flagfile
from nas_tf.runs import journal

ROOT = pathlib.Path(__file__).resolve().parent.parent
# With one worker on one thread, and one batch in progress, a second run with
# the same seed gives the same results in everything but times.
ALONE = {"executor": "process(workers=1, threads=1)"}
SECONDS_BETWEEN_LOOKS = 1
SECONDS_BETWEEN_LINES = 60


@dataclasses.dataclass(frozen=True, eq=False)
class Job:
    """A command, and how to tell that it is finished.

    Attributes:
        folder: `pathlib.Path` of its output; its name is the job's name.
        module: Module that Python runs.
        flags: Dict of a flag's name to its value.
    """

    folder: pathlib.Path
    module: str
    flags: dict

    @property
    def name(self):
        return self.folder.name

    @property
    def log(self):
        return self.folder.with_name(f"{self.name}.log")

    @property
    def argv(self):
        # Flags after a flagfile override its own.
        flags = sorted(self.flags.items(), key=lambda f: f[0] != "flagfile")
        return [
            sys.executable,
            "-m",
            self.module,
            *(f"--{name}={value}" for name, value in flags),
        ]

    def flags_of_run(self):
        """Returns a dict of the flags it ran with, from flagfiles too."""
        return flagfile.read(self.folder / "flags.txt")

    def share_done(self):
        """Returns the finished fraction, 1 if it need not be started again."""
        raise NotImplementedError

    def finish(self):
        """Is called when its command has succeeded.

        Makes the paths in its journals relative to the project. A traceback
        in a journal contains absolute paths, and journals are published.
        """
        for path in self.folder.rglob(journal.TRIALS):
            text = path.read_text(encoding="utf-8")
            if f"{ROOT}/" in text:
                with written_whole(path) as file:
                    file.write(text.replace(f"{ROOT}/", ""))


class Search(Job):
    """A search of `nas_tf.search`; see `search`."""

    def share_done(self):
        trials = self.folder / journal.TRIALS
        if not trials.exists():
            return 0
        count = trials.read_bytes().count(b"\n")
        return min(1, count / self.flags["max_children"])


class SharedSearch(Search):
    """A search by shared weights; see `shared_search`."""

    def share_done(self):
        if (self.folder / journal.DERIVED).exists():
            return super().share_done()
        # What is derived at the end is still to be judged.
        return min(0.99, super().share_done())


class Training(Job):
    """A training of `nas_tf.train`; see `training`."""

    @property
    def card(self):
        return self.folder / "model" / "model_card.json"

    def share_done(self):
        return int(self.card.exists())

    def read(self):
        """Returns the finished model's card."""
        return read_json(self.card)


class Benchmark(Job):
    """A module of `benchmarks`, whose output is kept; see `benchmark`.

    The output is written to `folder` with the suffix ".txt". Until the command
    has succeeded, the suffix is ".log".
    """

    @property
    def output(self):
        return self.folder.with_name(f"{self.name}.txt")

    def share_done(self):
        return int(self.output.exists())

    def finish(self):
        os.replace(self.log, self.output)

    def read(self):
        """Returns what it printed after its last start."""
        text = self.output.read_text(encoding="utf-8")
        return text[text.rindex("Command:") :] if "Command:" in text else ""


def search(folder, name, **flags):
    """Returns the job of a search with the run directory `folder/runs/name`."""
    run_dir = folder / "runs" / name
    own = {"run_dir": shown(run_dir), "num_replicas": 1, **ALONE}
    return Search(run_dir, "nas_tf.search", {**own, **flags})


def shared_search(folder, name, **flags):
    """Returns the job of a search by shared weights, in one process.

    Args:
        folder: As for `search`.
        name: As for `search`.
        **flags: Among them `max_children`, the number of judgements.
    """
    run_dir = folder / "runs" / name
    own = {"run_dir": shown(run_dir), "executor": "inline"}
    return SharedSearch(run_dir, "nas_tf.search", {**own, **flags})


def training(folder, name, **flags):
    """Returns the job of a training with the output `folder/trained/name`."""
    output = folder / "trained" / name
    own = {"output": shown(output), **ALONE}
    return Training(output, "nas_tf.train", {**own, **flags})


def benchmark(folder, name, module, **flags):
    """Returns the job of a benchmark whose output is `folder/runs/name.txt`."""
    return Benchmark(folder / "runs" / name, module, {**ALONE, **flags})


def shown(path):
    """Returns a path as text, relative to the project if it is inside it."""
    path = pathlib.Path(path).resolve()
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def write_spec(path, spec):
    """Writes a spec as JSON; returns the path as `shown` does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, spec.to_json())
    return shown(path)


def run(jobs, limit):
    """Runs the jobs that are not finished, at most `limit` at a time.

    Prints their progress. Interrupted jobs are resumed by the next call.

    Args:
        jobs: List of `Job`.
        limit: Number of commands at a time, at least 1.

    Returns:
        List of the jobs that failed.
    """
    waiting = [job for job in jobs if job.share_done() < 1]
    if not waiting:
        return []
    started = time.time()
    before = sum(job.share_done() for job in jobs)
    running, failed = {}, []
    looked = started
    try:
        while waiting or running:
            while waiting and len(running) < limit:
                job = waiting.pop(0)
                running[job] = (_start(job), time.time())
            time.sleep(SECONDS_BETWEEN_LOOKS)
            for job, (process, since) in list(running.items()):
                if process.poll() is None:
                    continue
                del running[job]
                minutes = (time.time() - since) / 60
                _say(f"{job.name}: ended after {minutes:.1f} minutes")
                if not process.returncode:
                    job.finish()
                if process.returncode or job.share_done() < 1:
                    failed.append(job)
                    _say(f"{job.name} FAILED, see {shown(job.log)}")
            if time.time() - looked > SECONDS_BETWEEN_LINES:
                looked = time.time()
                _say(_progress(jobs, running, looked - started, before))
    finally:
        for process, _ in running.values():
            process.terminate()
        for process, _ in running.values():
            process.wait()
    return failed


def _start(job):
    job.folder.parent.mkdir(parents=True, exist_ok=True)
    parent = os.getpid()
    environment = {
        **os.environ,
        "TF_NUM_INTRAOP_THREADS": "1",
        "TF_NUM_INTEROP_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
    _say(f"{job.name}: starts")
    with open(job.log, "a", encoding="utf-8") as log:
        return subprocess.Popen(
            job.argv,
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=lambda: die_with(parent),
        )


def _progress(jobs, running, seconds, before):
    done = sum(job.share_done() for job in jobs)
    text = ", ".join(f"{job.name} {job.share_done():.0%}" for job in running)
    text += f"; {done:.1f} of {len(jobs)} done"
    if done > before:
        left = seconds * (len(jobs) - done) / (done - before)
        text += f", about {left / 60:.0f} minutes left"
    return text


def _say(text):
    print(time.strftime("%H:%M:%S"), text, flush=True)
