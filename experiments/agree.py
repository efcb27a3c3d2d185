"""Does a second run give the same results? python -m experiments.agree A B

Compares the runs that both folders have: searches child by child, as far as
both have run, and trainings epoch by epoch.
"""

import math
import pathlib
import sys

from nas_tf import commands
from nas_tf.errors import UsageError
from nas_tf.files import read_json
from nas_tf.runs import journal
from nas_tf.runs.directory import RunDirectory

HISTORY = "history.json"


def main(argv):
    if len(argv) != 3 or not all(
        pathlib.Path(path).is_dir() for path in argv[1:]
    ):
        raise UsageError(
            f"Expected two folders. Received: {' '.join(argv[1:])}"
        )
    first, second = map(pathlib.Path, argv[1:])
    lines = list(compare(first, second))
    for line, _ in lines:
        print(line)
    if not lines:
        sys.exit("Nothing to compare: the folders have no run in common.")
    sys.exit(0 if all(same for _, same in lines) else 1)


def compare(first, second):
    """Yields `(line, agrees)` for each run that both folders have."""
    for path in _in_both(first, second, journal.TRIALS):
        runs = [_trials(folder / path.parent) for folder in (first, second)]
        yield _verdict(path.parent, "children", *runs)
    for path in _in_both(first, second, HISTORY):
        runs = [_epochs(folder / path) for folder in (first, second)]
        yield _verdict(path.parent.parent, "epochs", *runs)


def _in_both(first, second, name):
    for path in sorted(first.rglob(name)):
        if (second / path.relative_to(first)).is_file():
            yield path.relative_to(first)


def _trials(run_dir):
    trials = sorted(
        RunDirectory(run_dir).trials,
        key=lambda trial: trial.proposal.proposal_id,
    )
    return [
        (
            trial.proposal.actions,
            trial.proposal.seed,
            trial.result.status,
            trial.reward,
        )
        for trial in trials
    ]


def _epochs(path):
    history = read_json(path)
    return [*zip(*(history[key] for key in sorted(history)))]


def _verdict(path, what, ours, theirs):
    common = min(len(ours), len(theirs))
    same = sum(a == b for a, b in zip(ours, theirs))
    text = f"{path}: {same} of {common} {what} agree"
    if same < common:
        number, pair = next(
            (i, pair)
            for i, pair in enumerate(zip(ours, theirs))
            if pair[0] != pair[1]
        )
        off = math.fabs(pair[0][-1] - pair[1][-1])
        text += f"; number {number} is the first that does not, by {off:.3g}"
    return text, same == common


if __name__ == "__main__":
    commands.run(main)
