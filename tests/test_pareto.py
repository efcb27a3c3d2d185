"""The front by brute force, and rewards shaped by costs."""

import dataclasses
import random

import pytest

from nas_tf import registry
from nas_tf import trial
from nas_tf.errors import UsageError
from nas_tf.evaluators.shaped import Shaped
from nas_tf.runs.archive import Archive
from nas_tf.search.run_search import run_search
from nas_tf.trial import OK
from nas_tf.trial import Proposal
from nas_tf.trial import Result
from tests import toy

INNER = "tests.toy_evaluator"


def archive_of(results):
    archive = Archive()
    for number, result in enumerate(results):
        archive.add_trial(Proposal(number, 0, (), 0.0, 0), result)
    return archive


def dominates(a, b):
    costs = a.result.params, b.result.params
    return (
        costs[0] <= costs[1]
        and a.reward >= b.reward
        and (costs[0], a.reward) != (costs[1], b.reward)
    )


def test_the_front_is_what_nobody_dominates():
    rng = random.Random(0)
    for _ in range(50):
        archive = archive_of(
            Result(OK, rng.randint(0, 9) / 9, params=rng.randint(1, 9))
            for _ in range(rng.randint(1, 30))
        )
        expected = []
        for t in archive.trials:
            equals = [
                (e.result.params, e.reward) == (t.result.params, t.reward)
                for e in expected
            ]
            if any(equals):
                continue
            if not any(dominates(other, t) for other in archive.trials):
                expected.append(t)
        expected.sort(key=lambda t: t.result.params)
        assert archive.pareto_front() == expected


def test_failures_and_unknown_costs_are_not_on_the_front():
    archive = archive_of(
        [
            Result(trial.CRASHED, 0.9, params=1),
            Result(OK, 0.8, metrics={"latency": 2.0}),
            Result(OK, 0.5, params=3, metrics={"latency": 1.0}),
        ]
    )
    assert archive.pareto_front() == [archive.trials[2]]
    assert archive.pareto_front("latency") == archive.trials[:0:-1]
    assert Archive().pareto_front() == []


def evaluate(shaped, actions=(1, 0, 1, 2, 0)):
    return shaped.evaluate(toy.ToySpace(), toy.ToyTask(), actions, 0)


def test_a_reward_is_shaped_by_the_power_of_its_cost():
    plain = toy.ToyEvaluator().evaluate(
        toy.ToySpace(), toy.ToyTask(), (1, 0, 1, 2, 0), 0
    )
    assert plain.reward > 0 and plain.params == 500
    shaped = evaluate(Shaped("params", 250, evaluator=INNER))
    assert shaped.reward == pytest.approx(plain.reward * 2**-0.07)
    assert shaped.metrics["unshaped_reward"] == plain.reward
    assert shaped.metrics["params"] == 500
    cheap = evaluate(Shaped("params", 2000, evaluator=INNER))
    assert cheap.reward == pytest.approx(plain.reward * 4**0.07)
    hard = {"below": 0, "above": -1, "evaluator": INNER}
    assert evaluate(Shaped("params", 500, **hard)).reward == plain.reward
    over = evaluate(Shaped("params", 100, **hard)).reward
    assert over == pytest.approx(plain.reward / 5)
    by_metric = evaluate(Shaped("quality", 4, **hard))
    assert by_metric.reward == plain.reward


def test_a_cost_nobody_knows_is_an_error_that_lists_those_there_are():
    result = evaluate(Shaped("latency", 1, evaluator=INNER))
    assert result.status == trial.ERROR
    assert result.reward == 0.0
    assert result.error == (
        "Expected a cost 'latency' > 0, one of: params, multiply_adds, "
        "quality. Received: None"
    )
    # The toy space has no multiplications.
    assert evaluate(Shaped("multiply_adds", 1, evaluator=INNER)).status == (
        trial.ERROR
    )


def test_without_a_task_there_is_no_size_to_shape_by(tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("ops,accuracy\n000000,90\n")
    inner = f"tabular(path='{table}', key='ops', reward='accuracy')"
    with pytest.raises(UsageError, match="`cost` to be a metric"):
        Shaped("params", 100, evaluator=inner)


def test_a_failed_child_keeps_its_reward():
    @dataclasses.dataclass(frozen=True)
    class Failing(toy.ToyEvaluator):
        def evaluate(self, space, task, actions, seed):
            return Result(trial.NAN, 0.0)

    shaped = Shaped("params", 1, evaluator=INNER)
    object.__setattr__(shaped, "_inner", Failing())
    assert evaluate(shaped) == Result(trial.NAN, 0.0)


def test_a_search_for_small_children_finds_smaller_ones():
    def mean_params(evaluator):
        archive = run_search(
            toy.ToySpace(),
            toy.ToyTask(),
            "reinforce",
            evaluator,
            max_children=400,
        )
        last = archive.trials[-100:]
        return sum(t.result.params for t in last) / len(last)

    shaped = f"shaped(cost='params', target=100, above=-2, evaluator='{INNER}')"
    assert mean_params(shaped) < 0.7 * mean_params(INNER)


@pytest.mark.parametrize(
    "arguments, reason",
    [
        ("cost='params'", "Missing argument 'target'"),
        ("cost='params', target=0", "`target` to be a finite number > 0"),
        ("cost='params', target=1, above=0.1", "`above` to be a finite"),
        ("cost='params', target=1, evaluator='oracle'", "oracle"),
    ],
)
def test_bad_arguments_are_refused(arguments, reason):
    with pytest.raises(UsageError, match=reason):
        registry.make("evaluators", f"shaped({arguments})")
