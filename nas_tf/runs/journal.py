"""The files of the journal and their records; see `nas_tf.runs.archive`."""

import collections
import dataclasses
import itertools
import os
import pathlib

from nas_tf import decisions as all_decisions
from nas_tf import reading
from nas_tf.errors import UsageError
from nas_tf.files import read_json
from nas_tf.runs import configuration
from nas_tf.runs import schema
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
    trials = _read_trials(run_dir)[0]
    # A search that goes on writes proposals first, so they are read last.
    if os.path.lexists(run_dir / PROPOSALS):
        _check_proposed(run_dir, trials, _read_batches(run_dir)[0])
    return trials + read_derived(run_dir)


def read_derived(run_dir):
    """Returns the list of trials that a run was ended with, often empty.

    Args:
        run_dir: `pathlib.Path` of the run directory.

    Raises:
        UsageError: If the file is broken.
    """
    # Their numbers continue those of the trials before them.
    read = _lines(run_dir, DERIVED, _trial, "trial_id", None)
    return read[0]


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
    batches, proposals_end = _read_batches(run_dir)
    trials, trials_end = _read_trials(run_dir)
    _check_proposed(run_dir, trials, batches)
    _check_updates(run_dir, trials, batches)
    return batches, trials, {PROPOSALS: proposals_end, TRIALS: trials_end}


def _read_batches(run_dir):
    batches, end = _lines(run_dir, PROPOSALS, _batch, "number")
    numbers = itertools.count()
    for batch in batches:
        for proposal in batch.proposals:
            number = next(numbers)
            if proposal.proposal_id != number:
                raise UsageError(
                    f"Expected proposal {number} in line {batch.number + 1} "
                    f"of {run_dir / PROPOSALS}. Received: "
                    f"{proposal.proposal_id}"
                )
    return batches, end


def _read_trials(run_dir):
    return _lines(run_dir, TRIALS, _trial, "trial_id")


def _check_proposed(run_dir, trials, batches):
    """Raises `UsageError` unless each trial has a proposal of its own."""
    proposals = {p.proposal_id: p for b in batches for p in b.proposals}
    for trial in trials:
        if proposals.pop(trial.proposal.proposal_id, None) != trial.proposal:
            raise UsageError(
                f"Expected trial {trial.trial_id} of {run_dir / TRIALS} to "
                f"belong to a proposal in {PROPOSALS} that has no other trial."
            )


def _check_updates(run_dir, trials, batches):
    """Raises `UsageError` if trials are missing that were learned from."""
    done = collections.Counter(trial.proposal.batch for trial in trials)
    complete = sum(done[b.number] == len(b.proposals) for b in batches)
    for batch in batches:
        if batch.updates > complete:
            raise UsageError(
                f"Expected the trials of {batch.updates} complete batches in "
                f"{run_dir / TRIALS}, since batch {batch.number} of "
                f"{PROPOSALS} was drawn after as many. Received: {complete}"
            )


def _trial(record, decisions):
    schema.trial(record)
    _check_actions(record, decisions)
    return Trial.from_json(record)


def _batch(record, decisions):
    schema.batch(record)
    for proposal in record["proposals"]:
        _check_actions(proposal, decisions)
    return Batch.from_json(record)


def _check_actions(record, decisions):
    """Raises `UsageError` unless actions are of a run's decisions.

    The first proposals of a space may have fewer decisions than later ones,
    which may have more than the configuration has.
    """
    if decisions:
        row = record["actions"][: len(decisions)]
        all_decisions.check_actions(decisions[: len(row)], row)


def _decisions(run_dir):
    """Returns the decisions of a run; () if they are not known."""
    path = run_dir / configuration.FILE
    if not os.path.lexists(path):
        return ()
    record = read_json(path, "the configuration of a run")
    schema.is_object(record, f"the configuration of a run in {path}")
    records = record.get("decisions")
    return () if records is None else all_decisions.from_json(records)


def _lines(run_dir, name, from_json, place, first=0):
    """Returns the records of a file, and the offset where its last line ends.

    Args:
        run_dir: `pathlib.Path` of the run directory.
        name: Name of the file in it.
        from_json: Function from a line's JSON and the run's decisions to a
            record.
        place: Name of the record's attribute that is the line's number.
        first: Number of the first line, or None for any.
    """
    path = run_dir / name
    if not os.path.lexists(path):
        return [], 0
    data = reading.content(path, "the journal of a run")
    end = data.rfind(b"\n") + 1
    # A crash leaves the beginning of one line. Other line ends than those of
    # this package make a whole journal look like one.
    if b"\r" in data[end:]:
        raise UsageError(
            f"Expected line feeds as the ends of lines in {path}. Received: "
            f"carriage returns from byte {end + data[end:].index(13)}"
        )
    decisions = _decisions(run_dir) if end else ()
    records = []
    for index, line in enumerate(data[:end].split(b"\n")[:-1]):
        where = f"line {index + 1} of {path}"
        value = reading.parsed(line, where, "a record of the journal")
        try:
            record = from_json(value, decisions)
        except UsageError as error:
            raise UsageError(f"{where}: {error}") from None
        found = getattr(record, place)
        first = found if first is None else first
        if found != first + index:
            raise UsageError(
                f"Expected record {first + index} in {where}. Received: "
                f"record {found}"
            )
        records.append(record)
    return records, end
