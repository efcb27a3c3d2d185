"""Kills commands at random moments and compares what becomes of them.

    python -m benchmarks.kills --count=100 --seed=0

Each command is run once without a break. Then it is started, killed by SIGKILL
at a random moment, and started again, up to four times, until it ends. What it
leaves has to equal the run without a break, no trial may be lost or there
twice, and ten seconds after each kill none of its processes may be alive. At
the moment of the kill nothing may listen beyond loopback, and no file of the
run may be one that other users can write. A line of the journal `kills.jsonl`
is a kill; started again, the benchmark goes on after the last. Kinds are taken
in turn. A command is a fork of a process that has loaded TensorFlow, and what
it starts are processes as usual.
"""

import collections
import json
import math
import os
import pathlib
import random
import secrets
import shutil
import sys
import tempfile
import time
import zipfile

import h5py
import numpy as np
import psutil
from absl import flags

from benchmarks import common
from nas_tf.runs import journal
from tests import exposure
from tests import forked

FLAGS = flags.FLAGS
# Kills of one run at most, before it may end.
KILLS_PER_RUN = 4
# Seconds in which all processes have to be gone.
GRACE = 10.0
# Seconds that a command may take.
PATIENCE = 900
# In the environment of all that a command starts.
TOKEN = "NAS_TF_KILLS"
TOY = (
    "nas_tf.search",
    "--space=tests.toy_space",
    "--task=tests.toy_task",
    "--evaluator=tests.toy_evaluator(seconds=0.05)",
    "--max_children=40",
)
CHANCE = ("--strategy=random_search", "--num_replicas=1")
DIGITS = (
    "nas_tf.search",
    "--space=conv(num_layers=2, num_filters=(4, 8))",
    "--task=digits(epochs=1)",
    "--strategy=random_search",
    "--executor=inline",
    "--max_children=3",
    "--children_per_replica=3",
)


class Failure(Exception):
    """What a kill has broken."""


def main():
    folder = pathlib.Path(
        FLAGS.folder or pathlib.Path(tempfile.gettempdir()) / "nas_tf_kills"
    ).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    noted = folder / "kills.jsonl"
    digits = folder / "digits"
    _finish((*DIGITS, f"--run_dir={digits}"))
    wanted = FLAGS.kinds or list(KINDS)
    kinds = {name: KINDS[name](folder / name, digits) for name in wanted}
    while True:
        counts = collections.Counter(r["kind"] for r in _records(noted))
        print(dict(counts), flush=True)
        if sum(counts.values()) >= FLAGS.count:
            break
        name = min(wanted, key=lambda name: counts[name])
        number = counts[name]
        rng = random.Random(f"{FLAGS.seed} {name} {number}")
        kinds[name].prepare()
        with noted.open("a") as file:
            for record in kinds[name].round(rng):
                file.write(json.dumps({"kind": name, **record}) + "\n")
                file.flush()
    failed = [r for r in _records(noted) if r["failure"]]
    print(f"{sum(counts.values())} kills, {len(failed)} failures")
    for record in failed:
        print(record)
    sys.exit(bool(failed))


def _records(path):
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines()]


def _start(command, token=""):
    env = {**os.environ, TOKEN: token}
    return forked.Command(*command, env=env)


def _finish(command):
    """Runs a command to its end."""
    run = _start(command)
    out, error = run.communicate(timeout=PATIENCE)
    if run.returncode:
        raise Failure(f"exit code {run.returncode}: {(out + error)[-600:]}")


def _left(token):
    """Returns the live processes with a token in their environment."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(TOKEN) == token:
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def _exposed(run, pid):
    """Returns what others could reach of a running command, as text or None."""
    try:
        first = psutil.Process(pid)
        processes = [first, *first.children(recursive=True)]
    except psutil.NoSuchProcess:
        return None
    addresses = exposure.listening(processes) - exposure.LOOPBACK
    paths = exposure.writable(run)
    found = [*sorted(addresses), *paths]
    return f"open to others: {', '.join(found)}" if found else None


class Kind:
    """A command and what it leaves.

    Args:
        folder: Where its runs are.
        digits: The run directory of a search that has ended.
    """

    def __init__(self, folder, digits):
        self.folder = folder
        self.digits = digits
        self.seconds = math.inf

    def prepare(self):
        """Runs the command without a break, and takes its time."""
        whole, taken = self.folder / "whole", self.folder / "seconds.txt"
        if not taken.exists():
            shutil.rmtree(self.folder, ignore_errors=True)
            self.set_up(whole)
            began = time.monotonic()
            _finish(self.command(whole))
            taken.write_text(f"{time.monotonic() - began}")
        self.seconds = min(self.seconds, float(taken.read_text()))
        self.whole = self.result(whole)

    def round(self, rng):
        """Kills a run several times; yields a dict for each kill."""
        run = self.folder / "run"
        shutil.rmtree(run, ignore_errors=True)
        self.set_up(run)
        record = None
        for _ in range(KILLS_PER_RUN):
            token = secrets.token_hex(8)
            after = rng.uniform(0, self.seconds)
            command = _start(self.command(run), token)
            began = time.monotonic()
            until = began + after
            while time.monotonic() < until and command.poll() is None:
                time.sleep(0.01)
            if command.poll() is not None:
                # The machine was slower before. Without this the next round,
                # of the same random numbers, would come too late as well.
                self.seconds = min(self.seconds, time.monotonic() - began)
                break
            if record is not None:
                yield record
            failure = _exposed(run, command.pid)
            command.kill()
            command.wait()
            failure = self._after_kill(run, token) or failure
            record = {"seconds": after, "failure": failure}
        try:
            _finish(self.command(run))
            if self.result(run) != self.whole:
                raise Failure("it differs from the run without a break")
        except Exception as error:
            kept = self.folder / f"failed-{time.time_ns()}"
            run.rename(kept)
            record = record or {"seconds": None}
            record["failure"] = f"{error!r} in {kept.name}"
        if record is not None:
            yield record

    def _after_kill(self, run, token):
        until = time.monotonic() + GRACE
        while left := _left(token):
            if time.monotonic() > until:
                return f"left alive: {[p.cmdline()[:3] for p in left]}"
            time.sleep(0.05)
        try:
            self.check_killed(run)
        except Exception as error:
            return repr(error)
        return None

    def set_up(self, run):
        """Makes what has to be there before the first start."""
        run.parent.mkdir(parents=True, exist_ok=True)

    def check_killed(self, run):
        """Raises `Failure` if a killed run is not as it should be."""


class Inline(Kind):
    def command(self, run):
        return (*TOY, "--executor=inline", f"--run_dir={run}")

    def result(self, run):
        return _trials(run), _batches(run)

    def check_killed(self, run):
        if (run / journal.TRIALS).exists():
            _trials(run)


class Workers(Inline):
    executor = "process(workers=2, recycle=8)"

    def command(self, run):
        executor = f"--executor={self.executor}"
        return (*TOY, *CHANCE, executor, f"--run_dir={run}")

    def result(self, run):
        # The order in which children finish depends on the machine.
        trials = [{**trial, "trial_id": None} for trial in _trials(run)]
        trials.sort(key=lambda trial: trial["proposal_id"])
        return trials, _batches(run)


class RayHere(Workers):
    executor = "ray(workers=2)"


class Training(Kind):
    flags = ("--epochs=4",)

    def command(self, run):
        return (
            "nas_tf.train",
            f"--architecture={self.digits}",
            "--executor=inline",
            f"--output={run}",
            *self.flags,
        )

    def result(self, run):
        history = (run / "training" / "history.json").read_text()
        return json.loads(history), _weights(run / "model")

    def check_killed(self, run):
        # The folder of the model takes its place at once, or not yet.
        if (run / "model").exists():
            _weights(run / "model")


class Grid(Training):
    flags = (
        "--epochs=2",
        "--trial_epochs=1",
        "--grid=grid(learning_rate=(0.05, 0.1))",
    )

    def result(self, run):
        return super().result(run), _trials(run / "recipes")


class Export(Training):
    """The same command after the training, without what it had exported."""

    flags = ("--epochs=1", "--export=tflite")

    def set_up(self, run):
        super().set_up(run)
        trained = self.folder / "trained"
        if not trained.exists():
            _finish(super().command(trained))
            shutil.rmtree(trained / "model")
        shutil.copytree(trained, run)

    def result(self, run):
        names = sorted(path.name for path in (run / "model").iterdir())
        return super().result(run), names


class Report(Kind):
    def command(self, run):
        return "nas_tf.report", str(self.digits), f"--output={run}/report.html"

    def set_up(self, run):
        run.mkdir(parents=True)

    def result(self, run):
        return (run / "report.html").read_text()

    def check_killed(self, run):
        if (run / "report.html").exists() and self.result(run) != self.whole:
            raise Failure("half a page")


KINDS = {
    "search, inline": Inline,
    "search, processes": Workers,
    "search, Ray": RayHere,
    "training": Training,
    "grid": Grid,
    "export": Export,
    "report": Report,
}


def _lines(path):
    lines = path.read_bytes().split(b"\n")
    # The last may be torn by a kill.
    return [json.loads(line) for line in lines[:-1]]


def _trials(run):
    """Returns the trials of a run without times, each of which is there once.

    Raises:
        Failure: If not.
    """
    trials = _lines(run / journal.TRIALS)
    if [t["trial_id"] for t in trials] != list(range(len(trials))):
        raise Failure("trials without their numbers")
    if len({t["proposal_id"] for t in trials}) != len(trials):
        raise Failure("a trial twice")
    for trial in trials:
        trial.pop("started")
        trial.pop("seconds")
        if trial["metrics"]:
            trial["metrics"] = {
                name: value
                for name, value in trial["metrics"].items()
                if "seconds" not in name
            }
    return trials


def _batches(run):
    return _lines(run / journal.PROPOSALS)


def _weights(folder):
    """Returns the weights of an exported model, as lists by their names."""
    found = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset):
            found[name] = np.asarray(item).tolist()

    with (
        zipfile.ZipFile(folder / "model.keras") as archive,
        archive.open("model.weights.h5") as file,
        h5py.File(file, "r") as weights,
    ):
        weights.visititems(visit)
    return found


def _define_flags():
    flags.DEFINE_integer("count", 100, "Number of kills.", lower_bound=1)
    flags.DEFINE_integer("seed", 0, "Seed of the moments.", lower_bound=0)
    flags.DEFINE_string(
        "folder", None, "Where runs and the journal of kills are kept."
    )
    flags.DEFINE_multi_enum(
        "kinds", None, list(KINDS), "Which commands. Default: all."
    )


if __name__ == "__main__":
    common.run(main, _define_flags)
