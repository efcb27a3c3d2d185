import dataclasses

import numpy as np
import pytest

from nas_tf import registry
from nas_tf.search.run_search import run_search
from nas_tf.spaces.base import SearchSpace
from nas_tf.trial import PRUNED

SPACE = registry.make("spaces", "conv(num_layers=2, num_filters=(4, 8))")
TASK = registry.make("tasks", "digits(epochs=2, train_examples=128)")
STANDALONE = registry.make("evaluators", "standalone")
ROW = (1, 1, 0, 0, 1, 2, 1, 1)


def evaluate(row=ROW, seed=7, space=SPACE, task=TASK):
    return STANDALONE.evaluate(space, task, row, seed)


def without_times(result):
    return dataclasses.replace(result, started=0.0, seconds=0.0)


@pytest.mark.slow
def test_a_child_is_the_same_first_and_sixth():
    first = evaluate()
    rng = np.random.default_rng(0)
    for seed in range(4):
        evaluate(tuple(d.random(rng) for d in SPACE.decisions), seed)
    assert without_times(evaluate()) == without_times(first)


class Stopping:
    """Reports that end a training after an epoch, or never."""

    def __init__(self, after):
        self.after = after

    def stops(self, epoch, value):
        return epoch == self.after


def test_reports_change_nothing_unless_they_stop_a_child():
    task = dataclasses.replace(TASK, reward_epochs=1)

    def result(after):
        reports = Stopping(after)
        return STANDALONE.evaluate(SPACE, task, ROW, 7, reports)

    plain, whole, stopped = evaluate(task=task), result(None), result(1)
    assert len(whole.reports) == 2
    assert without_times(whole) == dataclasses.replace(
        without_times(plain), reports=whole.reports
    )
    assert stopped.status == PRUNED
    assert stopped.reports == whole.reports[:1] == (stopped.reward,)
    assert stopped.spec == plain.spec
    assert stopped.params == plain.params
    assert stopped.metrics.keys() == plain.metrics.keys()
    assert stopped.error == "stopped after 1 of 2 epochs"


class Uncounted(type(SPACE)):
    """The same space without a formula for its cost."""

    cost = SearchSpace.cost


def test_a_child_is_the_same_with_and_without_a_formula_of_its_cost():
    uncounted = Uncounted(**dataclasses.asdict(SPACE))
    counted, built = [], []

    class Task(type(TASK)):
        def fit(self, model, *args, **kwargs):
            history = super().fit(model, *args, **kwargs)
            built.append((model.get_weights(), history))
            return history

    task = Task(**dataclasses.asdict(TASK))
    for space in (SPACE, uncounted):
        counted.append(space.cost(space.decode(ROW), task))
        evaluate(space=space, task=task)
    assert counted[0] == counted[1]
    (weights, history), (others, other_history) = built
    assert history == other_history
    for one, other in zip(weights, others, strict=True):
        np.testing.assert_array_equal(one, other)


def test_searches_with_a_limit_are_the_same_with_and_without_a_formula():
    outcomes = []
    for space in (SPACE, Uncounted(**dataclasses.asdict(SPACE))):
        archive = run_search(
            space,
            "digits(epochs=1, train_examples=128)",
            "random_search",
            executor="inline",
            max_children=2,
            children_per_replica=2,
            max_params=12_000,
        )
        outcomes.append(
            [
                (trial.proposal.actions, without_times(trial.result))
                for trial in archive.trials
            ]
        )
    assert outcomes[0] == outcomes[1]
    assert len(outcomes[0]) == 2


def test_a_child_is_built_once():
    builds = []

    class Space(Uncounted):
        def build(self, spec, task):
            builds.append(spec)
            return super().build(spec, task)

    result = evaluate(space=Space(**dataclasses.asdict(SPACE)))
    assert len(builds) == 1
    assert result == dataclasses.replace(
        evaluate(), started=result.started, seconds=result.seconds
    )


def test_seeds_make_a_difference():
    assert evaluate(seed=8).metrics != evaluate(seed=9).metrics


def test_result_of_a_child():
    result = evaluate()
    assert result.status == "ok"
    assert result.reward == result.metrics["val_accuracy"] ** 3
    cost = SPACE.cost(SPACE.decode(ROW), TASK)
    assert (result.params, result.multiply_adds) == cost
    assert result.spec == SPACE.decode(ROW).to_json()
    assert result.seconds > 0
    assert result.error == ""
    assert not any("time" in name or "sec" in name for name in result.metrics)


def test_reward_is_the_best_of_the_last_epochs():
    task = dataclasses.replace(TASK, reward_epochs=2, reward_power=2)
    history = {
        "loss": [3.0, 2.0, 1.0],
        "accuracy": [0.1, 0.2, 0.3],
        "val_loss": [None, 1.0, 2.0],
        "val_accuracy": [0.9, 0.5, 0.4],
    }
    assert task.reward(history) == 0.25
    assert task.metrics(history) == {
        "val_accuracy": 0.5,
        "val_loss": 2.0,
        "loss": 1.0,
        "accuracy": 0.3,
    }


def test_a_predicted_learning_rate_is_used():
    space = dataclasses.replace(SPACE, learning_rates=(0.1, 1e-9))
    slow = evaluate((1, *ROW), space=space)
    fast = evaluate((0, *ROW), space=space)
    assert slow.metrics["loss"] > fast.metrics["loss"] + 0.1
    # The same as with the rate of the task.
    assert fast.metrics == evaluate().metrics


def test_divergence_is_a_status():
    task = dataclasses.replace(TASK, learning_rate=1e30)
    result = evaluate(task=task)
    assert result.status == "nan"
    assert result.reward == 0.0
    assert "NonFiniteLoss" in result.error
    assert result.spec is not None


def asking_tensorflow():
    import tensorflow as tf

    return tf.zeros((2**50,))


def asking_jax():
    jax = pytest.importorskip("jax")
    return jax.numpy.zeros((2**50,)).block_until_ready()


def asking_torch():
    return pytest.importorskip("torch").empty(2**60)


@pytest.mark.parametrize(
    "ask",
    [
        # TensorFlow waits 10 s for memory before it gives up.
        pytest.param(asking_tensorflow, marks=pytest.mark.slow),
        asking_jax,
        asking_torch,
    ],
)
def test_out_of_memory_is_a_status_on_every_backend(ask):
    class Space(type(SPACE)):
        def build(self, spec, task):
            return ask()

    result = evaluate(space=Space(**dataclasses.asdict(SPACE)))
    assert result.status == "oom", result.error


def test_a_child_learns():
    task = dataclasses.replace(TASK, epochs=5, train_examples=None)
    result = evaluate((2, 2, 1, 0, 2, 2, 1, 1), task=task)
    assert result.metrics["val_accuracy"] > 0.8


@pytest.mark.parametrize("schedule", ["cosine", "step", "constant"])
def test_learning_rate_schedules(schedule):
    task = dataclasses.replace(
        TASK, epochs=4, batch_size=32, schedule=schedule, learning_rate=0.2
    )
    optimizer = task.optimizer()
    optimizer.build([])
    rates = []
    # 128 pictures in batches of 32: 4 steps an epoch, 16 in all.
    for step in range(16):
        optimizer.iterations.assign(step)
        rates.append(float(optimizer.learning_rate))
    expected = {
        "cosine": [0.1 * (1 + np.cos(np.pi * s / 16)) for s in range(16)],
        "step": [0.2] * 9 + [0.02] * 4 + [0.002] * 3,
        "constant": [0.2] * 16,
    }[schedule]
    np.testing.assert_allclose(rates, expected, rtol=1e-5)


@pytest.mark.parametrize(
    "kind", ["conv", pytest.param("text", marks=pytest.mark.slow)]
)
def test_latency_is_measured_and_can_shape_the_reward(kind):
    space, task, row = SPACE, TASK, ROW
    if kind == "text":
        space = registry.make("spaces", "tree(base=2, units=4)")
        task = registry.make(
            "tasks", "pydoc_topics(train_tokens=2000, epochs=1)"
        )
        row = tuple(0 for _ in space.decisions)
    shaped = registry.make(
        "evaluators",
        "shaped(cost='latency', target=1000.0, above=-1, "
        "evaluator='standalone(latency=True)')",
    )
    result = shaped.evaluate(space, task, row, 7)
    assert result.status == "ok", result.error
    latency = result.metrics["latency"]
    assert 1e-6 < latency < 1
    plain = STANDALONE.evaluate(space, task, row, 7)
    assert result.metrics["unshaped_reward"] == plain.reward
    assert result.reward == plain.reward * (latency / 1000) ** -0.07


def test_a_pruned_child_has_a_latency_and_a_shaped_reward():
    shaped = registry.make(
        "evaluators",
        "shaped(cost='latency', target=1000.0, above=-1, "
        "evaluator='standalone(latency=True)')",
    )
    result = shaped.evaluate(SPACE, TASK, ROW, 7, Stopping(1))
    assert result.status == PRUNED, result.error
    latency = result.metrics["latency"]
    assert 1e-6 < latency < 1
    [reward] = result.reports
    assert result.reward == reward * (latency / 1000) ** -0.07
