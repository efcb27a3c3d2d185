"""Runs the same search with nas_tf and with KerasTuner, and compares them.

    python -m benchmarks.keras_tuner --seeds=3

For each seed the two scripts beside this file run one after the other, in turns
of order, as they are. Times are from the start of a script, imports included.
Processor time is that of a script and all its workers: on a machine that does
other things too, it says more than the time on the clock.
"""

import statistics
import sys
import tempfile

from absl import flags

from benchmarks import common
from benchmarks.keras_tuner import measured

FLAGS = flags.FLAGS

HERE = "benchmarks.keras_tuner"
WAYS = {
    "KerasTuner": ("with_keras_tuner",),
    "nas_tf, 1 worker": ("with_nas_tf", "inline"),
    "nas_tf, 2 workers": ("with_nas_tf", "process(workers=2)"),
}


def define_flags():
    flags.DEFINE_integer("seeds", 3, "How many seeds.", lower_bound=1)


def main():
    runs = {way: [] for way in WAYS}
    for seed in range(FLAGS.seeds):
        order = list(WAYS) if seed % 2 == 0 else list(reversed(WAYS))
        for way in order:
            script, *rest = WAYS[way]
            with tempfile.TemporaryDirectory() as folder:
                command = [sys.executable, "-m", f"{HERE}.{script}"]
                run = measured.run([*command, folder, str(seed), *rest], folder)
            runs[way].append(run)
            print(f"seed {seed}, {way}: {run}", flush=True)
    targets = [
        min(run.best for run in of_seed) for of_seed in zip(*runs.values())
    ]
    print(f"\nValidation accuracy that all reached, by seed: {targets}\n")
    print("\n".join(table(runs, targets)))


def table(runs, targets):
    """Yields the lines of a table of medians over seeds.

    Args:
        runs: Dict from way to a list of `measured.Run`, one for each seed.
        targets: The validation accuracy to reach, for each seed.
    """
    yield "| median over seeds | " + " | ".join(runs) + " |"
    yield "| --- |" + " --- |" * len(runs)
    rows = {
        "processor seconds to the accuracy that all reached": [
            [run.reached(target).cpu for run, target in zip(own, targets)]
            for own in runs.values()
        ],
        "seconds on the clock to it": [
            [run.reached(target).wall for run, target in zip(own, targets)]
            for own in runs.values()
        ],
        "processor seconds of the whole search": [
            [run.events[-1].cpu for run in own] for own in runs.values()
        ],
        "seconds on the clock of the whole search": [
            [run.events[-1].wall for run in own] for own in runs.values()
        ],
        "best validation accuracy, %": [
            [100 * run.best for run in own] for own in runs.values()
        ],
        "test accuracy of the winner, trained for 20 epochs, %": [
            [100 * run.test for run in own] for own in runs.values()
        ],
        "whole script, processor seconds": [
            [run.cpu for run in own] for own in runs.values()
        ],
    }
    for title, columns in rows.items():
        cells = (
            f"{statistics.median(values):.1f} "
            f"({min(values):.1f} to {max(values):.1f})"
            for values in columns
        )
        yield f"| {title} | " + " | ".join(cells) + " |"


if __name__ == "__main__":
    common.run(main, define_flags)
