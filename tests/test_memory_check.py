"""Children that would need more memory than there is."""

import types

import pytest

from nas_tf import trial
from nas_tf.evaluators import memory_check
from nas_tf.evaluators.standalone import Standalone
from nas_tf.machine import memory
from nas_tf.spaces.base import SearchSpace
from nas_tf.spaces.conv import Conv
from nas_tf.training import devices

TASK = types.SimpleNamespace(
    batch_size=64,
    input_shape=(128, 128, 3),
    num_outputs=3,
    failure_reward=0.0,
    check=lambda: None,
)


@pytest.fixture
def allowed(monkeypatch):
    """Returns a function that sets what this process may use, in bytes."""
    monkeypatch.setattr(memory, "_allowed", None)
    monkeypatch.setattr(memory_check, "_before", lambda: 300e6)
    return memory.allow


def test_estimate_by_hand():
    per_number = 4 * 1.5 * 64
    assert memory_check.estimate(64, 1000, 10) == (
        60e6 + 1000 * per_number + 10 * 16
    )


def test_a_child_that_needs_more_than_there_is_is_refused(allowed):
    needed = 300e6 + memory_check.estimate(64, 10**6, 10**5)
    allowed(needed + 1)
    memory_check.check(TASK, 10**6, 10**5)
    allowed(needed - 1)
    with pytest.raises(memory_check.NotEnoughMemory) as caught:
        memory_check.check(TASK, 10**6, 10**5)
    assert str(caught.value) == (
        "Expected a training that needs at most 0.7 GB of memory. Received: "
        "one that needs about 0.7 GB. A smaller batch_size=64 or smaller "
        "examples need less."
    )


def test_what_is_not_known_is_not_refused(allowed, monkeypatch):
    allowed(1)
    memory_check.check(TASK, None, 1)
    memory_check.check(types.SimpleNamespace(), 10**6, 1)
    monkeypatch.setattr(devices, "on_gpu", lambda: True)
    memory_check.check(TASK, 10**9, 1)


def test_the_memory_before_the_first_child_is_this_processs():
    assert 1e6 < memory_check._before() <= memory.used() * 1.5


class Watched(Conv):
    """Notes what is built."""

    def build(self, spec, task):
        built.append(spec)
        return super().build(spec, task)


class WithoutFormula(Watched):
    num_activations = SearchSpace.num_activations


built = []


PARAMS = 24 * 3 + 48 + 64 * 24 * 49 + 128 + 65 * 3


@pytest.mark.parametrize(
    "space, builds, params", [(Watched, 0, None), (WithoutFormula, 1, PARAMS)]
)
def test_a_refused_child_is_out_of_memory_and_not_trained(
    allowed, space, builds, params
):
    built.clear()
    allowed(1e9)
    row = (0, 0, 0, 0) + (3, 3, 3, 1)
    result = Standalone().evaluate(
        space(num_layers=2, largest_map=None), TASK, row, 0
    )
    assert result.status == trial.OOM
    assert "Received: one that needs about 1.5 GB. " in result.error
    assert result.error.count("\n") == 0
    assert result.params == params
    assert result.spec["layers"][1]["filters"] == 64
    assert len(built) == builds
