"""Strategy and evaluator stay in step, and are restored from the journal."""

import collections

import numpy as np
import pytest

from nas_tf.runs.journal import Batch
from nas_tf.search.learner import Learner
from nas_tf.seeds import derive_seed
from nas_tf.trial import Proposal
from tests import toy


class Notes:
    """A strategy and an evaluator that note what happens to them."""

    def __init__(self):
        self.parts = {}  # of batches that are prepared in several
        self.events = []
        self.expected = []

    def start(self, *arguments):
        self.events.clear()

    def prepare(self, strategy, length, number, seed):
        assert strategy is self
        assert seed == derive_seed(5, "prepare", number)
        self.events.append(("prepare", number, length))
        return {"a/b": 1.0}

    def is_prepared(self, number):
        self.parts[number] = self.parts.get(number, 1) - 1
        return self.parts[number] == 0

    def expect(self, rows):
        # A batch is expected once it was prepared.
        assert self.events[-1][0] == "prepare"
        self.expected.append(rows)

    def update(self, trials):
        self.events.append(("update", trials))
        return {"c": 2.0}

    def settle(self):
        self.events.append(("settle",))

    def state(self):
        return {"x/y": np.array(len(self.events))}

    def set_state(self, arrays):
        self.restored = arrays


class Growing(toy.ToySpace):
    def length(self, num_trials):
        return 1 + num_trials


def learner():
    notes = Notes()
    made = Learner(Growing(), toy.ToyTask(), notes, notes, 5, batch_size=4)
    made.start()
    return made, notes


def batch(number, updates):
    return Batch(number, updates, 0, (Proposal(number, number, (7,), 0.0, 0),))


def test_a_batch_may_be_prepared_in_parts():
    made, notes = learner()
    notes.parts = {0: 3}
    seen = []

    def on_part():
        seen.append((made.prepared, made.parts, made.in_step))

    assert made.prepare(on_part) == {"a/b": 1.0}
    assert seen == [(0, 1, True), (0, 2, True)]
    assert (made.prepared, made.parts) == (1, 0)
    assert notes.events == [("prepare", 0, 1)] * 3
    made.set_state({}, prepared=0, updates=0, parts=2)
    notes.parts = {0: 1}
    made.prepare(on_part)
    assert (made.prepared, made.parts, len(seen)) == (1, 0, 2)


def test_batches_are_counted():
    made, notes = learner()
    assert made.prepare() == {"a/b": 1.0}
    assert made.prepare() == {"a/b": 1.0}
    assert made.update("trials") == {"c": 2.0}
    assert (made.prepared, made.updates, made.in_step) == (2, 1, True)
    assert notes.events == [
        ("prepare", 0, 1),
        ("prepare", 1, 5),
        ("update", "trials"),
    ]
    made.start()
    assert (made.prepared, made.updates) == (0, 0)


# Two batches in progress at a time; the second was finished first.
BATCHES = [batch(0, 0), batch(1, 0), batch(2, 1), batch(3, 2), batch(4, 2)]
FINISHED = ["one", "zero", "two"]
EVENTS = [
    ("prepare", 0, 1),
    ("prepare", 1, 5),
    ("update", "one"),
    ("prepare", 2, 9),
    ("update", "zero"),
    ("prepare", 3, 13),
    ("prepare", 4, 17),
    ("update", "two"),
]


@pytest.mark.parametrize("done", range(len(EVENTS) + 1))
def test_the_journal_is_repeated_in_its_order(done):
    made, notes = learner()
    counts = collections.Counter(event[0] for event in EVENTS[:done])
    made.set_state({}, counts["prepare"], counts["update"])
    made.catch_up(BATCHES, FINISHED)
    assert notes.events == EVENTS[done:]
    assert notes.expected == [[(7,)]] * (5 - counts["prepare"])
    assert (made.prepared, made.updates) == (5, 3)


def test_states_are_kept_apart():
    made, notes = learner()
    arrays = made.state()
    assert notes.events == [("settle",)]
    assert set(arrays) == {"strategy/x/y", "evaluator/x/y"}
    arrays["strategy/x/y"] = "ours"
    made.set_state(arrays, 7, 6)
    # The evaluator's came last.
    assert notes.restored == {"x/y": arrays["evaluator/x/y"]}
    assert (made.prepared, made.updates) == (7, 6)


@pytest.mark.parametrize("event", ["prepare", "update", "set_state"])
def test_a_state_that_changes_is_not_in_step(event, monkeypatch):
    made, notes = learner()

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(notes, event, interrupted)
    arguments = {"prepare": (), "update": ([],), "set_state": ({}, 1, 1)}
    with pytest.raises(KeyboardInterrupt):
        getattr(made, event)(*arguments[event])
    assert not made.in_step
    assert (made.prepared, made.updates) == (0, 0)
