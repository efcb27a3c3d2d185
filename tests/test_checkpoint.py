"""The states of a search as one file."""

import numpy as np
import pytest

from nas_tf.runs.archive import Archive
from nas_tf.runs.journal import Batch
from nas_tf.search import checkpoint
from nas_tf.search.checkpoint import Checkpoint
from nas_tf.trial import OK
from nas_tf.trial import Proposal
from nas_tf.trial import Result


class Learning:
    """A learner whose state is a number."""

    def __init__(self, prepared=0, updates=0, parts=0):
        self.in_step = True
        self.parts = parts
        self.prepared = prepared
        self.updates = updates
        self.value = 10 * updates + prepared
        self.asked = 0

    def state(self):
        self.asked += 1
        return {"strategy/value": np.array(self.value)}

    def set_state(self, arrays, prepared, updates, parts=0):
        self.value = int(arrays["strategy/value"])
        self.prepared, self.updates = prepared, updates
        self.parts = parts

    def start(self):
        self.value = self.prepared = self.updates = 0


@pytest.fixture
def archive(tmp_path):
    """Two batches of two, the first of them finished."""
    with Archive(tmp_path, {}) as archive:
        for number in range(2):
            proposals = tuple(
                Proposal(2 * number + i, number, (), 0.0, 0) for i in range(2)
            )
            archive.add_batch(Batch(number, number, 0, proposals))
        for proposal in archive.batches[0].proposals:
            archive.add_trial(proposal, Result(OK, 0.5))
        yield archive


def test_a_state_is_read_back(archive):
    Checkpoint(archive, Learning(2, 1)).write()
    other = Learning()
    Checkpoint(archive, other).restore(2)
    assert (other.prepared, other.updates, other.value) == (2, 1, 12)


def test_one_that_is_there_is_not_written_again(archive):
    ours = Learning(2, 1)
    made = Checkpoint(archive, ours)
    made.write()
    made.write()
    assert ours.asked == 1
    again = Learning()
    made = Checkpoint(archive, again)
    made.restore(2)
    again.asked = 0
    made.write()
    assert again.asked == 0


@pytest.mark.parametrize(
    "prepared, updates, used",
    [
        (0, 0, True),
        (1, 0, True),
        (1, 1, True),
        (2, 1, True),
        (0, 1, False),  # learned from what was not prepared
        (2, 0, False),  # the second batch was prepared after an update
        (3, 1, False),  # more than the journal has
        (2, 2, False),
    ],
)
def test_only_a_state_of_the_journal_is_used(archive, prepared, updates, used):
    (archive.run_dir / checkpoint.FOLDER).mkdir()
    checkpoint.write(
        archive.run_dir / checkpoint.FOLDER / checkpoint.FILE,
        Learning(prepared, updates).state(),
        {"prepared": prepared, "updates": updates},
    )
    learner = Learning()
    learner.value = 99
    Checkpoint(archive, learner).restore(2)
    assert learner.value == (10 * updates + prepared if used else 99)


@pytest.mark.parametrize(
    "prepared, updates, used",
    [
        (0, 0, True),
        (1, 0, False),  # the second batch was prepared after an update
        (1, 1, True),
        (2, 1, True),
    ],
)
def test_a_batch_may_be_prepared_in_part(archive, prepared, updates, used):
    learner = Learning(prepared, updates, parts=2)
    # As if the batches after it had not been drawn yet.
    drawn, archive.batches[:] = archive.batches[:], archive.batches[:prepared]
    Checkpoint(archive, learner).write()
    archive.batches[:] = drawn
    other = Learning()
    Checkpoint(archive, other).restore(2)
    found = (other.prepared, other.updates, other.parts)
    assert found == ((prepared, updates, 2) if used else (0, 0, 0))


@pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\x03\x04 and more"])
def test_a_broken_file_is_none(archive, content):
    made = Checkpoint(archive, Learning(2, 1))
    made.write()
    path = archive.run_dir / checkpoint.FOLDER / checkpoint.FILE
    path.write_bytes(content)
    learner = Learning()
    Checkpoint(archive, learner).restore(2)
    assert (learner.prepared, learner.updates) == (0, 0)


def test_a_state_that_is_refused_starts_the_learner_again(archive):
    made = Checkpoint(archive, Learning(2, 1))
    made.write()
    path = archive.run_dir / checkpoint.FOLDER / checkpoint.FILE
    checkpoint.write(path, {"strategy/other": np.array(1)}, made._progress)
    learner = Learning()
    learner.value = 99
    Checkpoint(archive, learner).restore(2)
    assert learner.value == 0
    path.unlink()
    learner.value = 99
    # A learner that has just been started is not started a second time.
    Checkpoint(archive, learner).restore(2)
    assert learner.value == 99


def test_a_state_that_is_changing_is_not_written(archive):
    made = Checkpoint(archive, Learning(1, 1))
    made.write()  # prepared for fewer batches than there are
    assert not (archive.run_dir / checkpoint.FOLDER).exists()
    changing = Learning(2, 1)
    changing.in_step = False
    Checkpoint(archive, changing).write()
    assert not (archive.run_dir / checkpoint.FOLDER).exists()


def test_states_are_written_now_and_then(archive, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(checkpoint.time, "monotonic", lambda: now[0])
    learner = Learning(2, 0)
    made = Checkpoint(archive, learner)
    written = []
    for second in range(25):
        now[0] = float(second)
        learner.updates += 1
        made.write_if_due()
        if learner.asked > len(written):
            written.append(second)
    assert written == [0, 10, 20]


def test_a_large_state_is_written_less_often(archive, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(checkpoint.time, "monotonic", lambda: now[0])
    learner = Learning(2, 0)
    made = Checkpoint(archive, learner)
    state = learner.state

    def slowly():
        now[0] += 2.0
        return state()

    learner.state = slowly
    made.write_if_due()
    learner.updates += 1
    now[0] = 41.0
    made.write_if_due()
    assert learner.asked == 1
    now[0] = 42.0
    made.write_if_due()
    assert learner.asked == 2


def test_in_memory_there_is_none():
    archive = Archive()
    learner = Learning(0, 3)
    made = Checkpoint(archive, learner)
    made.write_if_due()
    made.restore(2)
    assert learner.asked == 0
    assert learner.updates == 3
