import dataclasses

from nas_tf.strategies._tried import Memory
from nas_tf.trial import OOM
from nas_tf.trial import Result
from tests.strategies import trial
from tests.strategies import written_and_read


def memory(*trials, key=lambda row: row):
    made = Memory(key)
    made.add([trial(*each) for each in trials])
    return made


def failed(row):
    return dataclasses.replace(trial(row, 0), result=Result(OOM, 0.0))


def test_the_best_of_a_length_come_first():
    found = memory(
        ((0, 0), 0.2), ((0, 1), 0.9), ((1, 0), 0.5), ((1,), 1.0), ((1, 1), 0.5)
    )
    assert found.best(2, 3) == [(0, 1), (1, 0), (1, 1)]
    assert found.best(2, 9)[-1] == (0, 0)
    assert found.best(3, 3) == []
    assert len(found) == 5


def test_repeated_trials_count_with_their_mean():
    found = memory(((0,), 0.9), ((0,), 0.1), ((1,), 0.6))
    assert found.best(1, 2) == [(1,), (0,)]
    rows, rewards = found.rated()
    assert rows == [(0,), (1,)]
    assert rewards.tolist() == [0.5, 0.6]


def test_failures_are_tried_but_never_best():
    found = memory(((0,), 0.3), ((1,), 0.2))
    found.add([failed((2,))])
    assert (2,) in found
    assert found.best(1, 5) == [(0,), (1,)]


def test_without_differences_nothing_is_best():
    assert memory().best(1, 5) == []
    assert memory(((0,), 0.3), ((1,), 0.3)).best(1, 5) == []


def test_equal_architectures_are_one():
    found = memory(((0, 3), 0.3), key=lambda row: row[:1])
    assert (0, 5) in found and (1, 3) not in found


def test_what_is_in_progress_is_known_until_all_of_it_has_finished():
    found = memory()
    found.expect([(0,), (0,), (1,)])
    assert (0,) in found and (1,) in found and len(found) == 0
    state = written_and_read(found.state())
    found.add([trial((1,), 0.5)])
    assert (1,) in found and found.best(1, 5) == []
    restored = memory(((7,), 0.1))
    restored.set_state(state)
    assert (7,) not in restored and (0,) in restored and (1,) in restored
    restored.add([trial((0,), 0.5)])
    assert sorted(restored.state()["in_progress"].ravel()) == [0, 1]
