"""Whether a killed recipe goes on: python -m experiments.full.check RECIPE...

At the small scale each recipe is trained twice with the backend that
KERAS_BACKEND names: once without a break; and once asked to stop, killed, and
carried to another folder in parts. Both histories have to be the same.
"""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

from experiments import jobs
from experiments.full import recipes
from nas_tf.files import read_json

# Float32 sums in another order differ by about this much, relatively.
TOLERANCE = 1e-5
LOG = "log.txt"


def check(name, folder):
    """Returns the largest relative difference between the two histories.

    Args:
        name: Name of a recipe.
        folder: `pathlib.Path` of a folder for all files.
    """
    parts = f"--parts={folder / 'parts'}"
    _run(name, folder / "whole")
    ends = [
        _run(name, folder / "one", parts, end=signal.SIGUSR1),
        # From the parts alone, as on another machine.
        _run(name, folder / "two", parts, end=signal.SIGKILL),
        _run(name, folder / "two", parts),
    ]
    for part in ("whole", "two"):
        if not _history_file(folder / part / "small" / name).exists():
            log = (folder / part / LOG).read_text(errors="replace")
            sys.exit(f"error: {name} did not end ({ends}): {log[-2000:]}")
    whole, continued = (
        _history(folder / part / "small" / name) for part in ("whole", "two")
    )
    epochs = len(whole["loss"])
    found = max(
        abs(a - b) / max(abs(a), 1e-9)
        for key, values in whole.items()
        for a, b in zip(values, continued[key], strict=True)
    )
    print(
        f"{name}: {epochs} epochs, exit codes {ends}, largest difference "
        f"{found:.1e}",
        flush=True,
    )
    return found


def _run(name, folder, *flags, end=None):
    """Runs a recipe; returns the exit code.

    Args:
        name: Its name.
        folder: The output.
        *flags: Further flags.
        end: Signal that it is sent once a state was written, or None.
    """
    began = time.time()
    folder.mkdir(exist_ok=True)
    with open(folder / LOG, "ab") as log:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "experiments.full", name),
                *("--scale=small", f"--folder={folder}", *flags),
            ],
            cwd=jobs.ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    state = folder / "small" / name / "training" / "state.npz"
    if end is not None:
        # The state that a start takes from parts is older than the start.
        while process.poll() is None and _written(state) < began:
            time.sleep(0.02)
        process.send_signal(end)
    return process.wait()


def _written(state):
    """Returns when a state was written, 0 if there is none."""
    return state.stat().st_mtime if state.exists() else 0


def _history(folder):
    return read_json(_history_file(folder))


def _history_file(folder):
    return folder / "training" / "history.json"


def main(names):
    failed = []
    for name in names or recipes.recipes():
        with tempfile.TemporaryDirectory() as folder:
            if check(name, pathlib.Path(folder)) > TOLERANCE:
                failed.append(name)
    if failed:
        sys.exit(f"error: {', '.join(failed)} did not go on as before")


if __name__ == "__main__":
    os.chdir(jobs.ROOT)
    main(sys.argv[1:])
