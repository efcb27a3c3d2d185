"""The journal's records and files; `test_archive` tests writing them."""

import json

import pytest

from nas_tf.errors import UsageError
from nas_tf.runs import journal
from nas_tf.runs.archive import Archive
from nas_tf.runs.journal import Batch
from nas_tf.trial import OK
from nas_tf.trial import Proposal
from nas_tf.trial import Result

BATCH = Batch(0, 0, 3, (Proposal(0, 0, (1, 2), -0.1, 5),))


@pytest.fixture
def run_dir(tmp_path):
    with Archive(tmp_path, {}) as archive:
        archive.add_batch(BATCH)
        archive.add_trial(BATCH.proposals[0], Result(OK, 0.5))
    return tmp_path


def test_a_batch_is_read_back():
    record = json.loads(json.dumps(BATCH.to_json()))
    assert Batch.from_json(record) == BATCH


def test_records_and_ends_of_lines(run_dir):
    ends = {name: (run_dir / name).stat().st_size for name in journal.FILES}
    with open(run_dir / journal.TRIALS, "ab") as file:
        file.write(b'{"trial_id": 1')
    batches, trials, found = journal.read(run_dir)
    assert batches == [BATCH]
    assert trials == journal.read_trials(run_dir)
    assert [t.reward for t in trials] == [0.5]
    assert found == ends


def test_a_new_directory_has_no_records(tmp_path):
    assert journal.read(tmp_path) == ([], [], dict.fromkeys(journal.FILES, 0))


def test_a_directory_without_trials_is_no_run(tmp_path):
    with pytest.raises(UsageError, match="Expected a run directory"):
        journal.read_trials(tmp_path)


def test_a_trial_without_a_proposal_is_refused(run_dir):
    (run_dir / journal.PROPOSALS).write_bytes(b"")
    with pytest.raises(UsageError, match=r"trial 0 of .* proposals.jsonl"):
        journal.read(run_dir)
