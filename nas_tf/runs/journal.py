"""The files of the journal and their records; see `nas_tf.runs.archive`."""

import dataclasses
import json
import pathlib

from nas_tf.errors import UsageError
from nas_tf.trial import Trial
from nas_tf.trial import proposal_from_json

PROPOSALS = "proposals.jsonl"
TRIALS = "trials.jsonl"
# The trials derived at the end of a search by shared weights. It is replaced
# as a whole, and its trials have no line in the other files.
DERIVED = "derived.jsonl"
FILES = (PROPOSALS, TRIALS)


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


def read_trials(run_dir):
    """Returns the list of trials of a run, without locking its directory.

    Those derived at its end come last.

    Raises:
        UsageError: If there is no such run, or its journal is broken.
    """
    run_dir = pathlib.Path(run_dir)
    if not (run_dir / TRIALS).is_file():
        raise UsageError(f"Expected a run directory. Received: {run_dir}")
    return _read_trials(run_dir)[0] + read_derived(run_dir)


def read_derived(run_dir):
    """Returns the list of trials that a run was ended with, often empty.

    Args:
        run_dir: `pathlib.Path` of the run directory.

    Raises:
        UsageError: If the file is broken.
    """
    # Their numbers continue those of the trials before them.
    return _read(run_dir / DERIVED, Trial.from_json, "trial_id", None)[0]


def read(run_dir):
    """Returns all records of a journal, and where its last lines end.

    Args:
        run_dir: `pathlib.Path` of the run directory.

    Returns:
        A tuple of the list of `Batch`, the list of `Trial`, and a dict from a
        file's name to the offset where its last complete line ends.

    Raises:
        UsageError: If the journal is broken.
    """
    batches, proposals_end = _read(
        run_dir / PROPOSALS, Batch.from_json, "number"
    )
    trials, trials_end = _read_trials(run_dir)
    _check_proposed(run_dir, trials, batches)
    return batches, trials, {PROPOSALS: proposals_end, TRIALS: trials_end}


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


def _read(path, from_json, place, first=0):
    """Returns the records of a file, and the offset where its last line ends.

    Args:
        path: The file.
        from_json: Function from a line's JSON to a record.
        place: Name of the record's attribute that is the line's number.
        first: Number of the first line, or None for any.
    """
    if not path.exists():
        return [], 0
    data = path.read_bytes()
    end = data.rfind(b"\n") + 1
    records = []
    for index, line in enumerate(data[:end].splitlines()):
        try:
            record = from_json(json.loads(line))
        except (ValueError, KeyError, TypeError):
            record = None
        if first is None:
            first = getattr(record, place, None)
        number = index if first is None else first + index
        if getattr(record, place, None) != number:
            raise UsageError(
                f"Expected record {number} in line {index + 1} of {path}. "
                f"Received: {line[:60].decode(errors='replace')!r}"
            )
        records.append(record)
    return records, end
