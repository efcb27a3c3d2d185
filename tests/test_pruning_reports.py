"""A child's end of reports; tests/test_judge.py has both ends."""

import dataclasses

import pytest

from nas_tf.errors import Pruned
from nas_tf.pruning.reports import Reports
from nas_tf.pruning.reports import Watch


@dataclasses.dataclass
class Task:
    epochs: int = 3
    reward_epochs: int = 2

    def reward(self, history):
        return max(history["val_loss"][-self.reward_epochs :])


class Asked:
    """Answers that a child is stopped at some reports."""

    def __init__(self, *stops):
        self.stops_at = stops
        self.received = []

    def stops(self, epoch, value):
        self.received.append((epoch, value))
        return epoch in self.stops_at


def test_rewards_so_far_are_reported():
    asked = Asked(3)
    watch = Watch(Task(), asked)
    assert watch.task.reward_epochs == 3
    for epoch, value in enumerate((0.5, 0.1, 0.2)):
        watch(epoch, {"val_loss": value})
    # It is not stopped after its last epoch.
    assert asked.received == [(1, 0.5), (2, 0.5), (3, 0.2)]
    assert watch.values == [0.5, 0.5, 0.2]


def test_the_history_is_kept():
    watch = Watch(Task(), Asked(2))
    watch(0, {"loss": 1.0, "val_loss": 0.1})
    with pytest.raises(Pruned) as error:
        watch(1, {"loss": 0.5, "val_loss": 0.3})
    assert error.value.args == ({"loss": [1.0, 0.5], "val_loss": [0.1, 0.3]},)


@pytest.mark.parametrize("value", [None, float("nan")])
def test_an_epoch_without_a_reward_is_not_reported(value):
    asked = Asked(1)
    Watch(Task(), asked)(0, {"val_loss": value})
    assert asked.received == []


def test_without_an_answer_the_training_goes_on(tmp_path):
    assert not Reports(str(tmp_path / "none"), 0).stops(1, 0.5)
