"""Rewards shaped by the cost of a child."""

import dataclasses

import pytest

from nas_tf import registry
from nas_tf import trial
from nas_tf.errors import UsageError
from nas_tf.evaluators.shaped import Shaped
from nas_tf.search.run_search import run_search
from nas_tf.tasks.base import NoTask
from nas_tf.trial import OK
from nas_tf.trial import Result
from tests import toy
from tests.strategies import made

INNER = "tests.toy_evaluator"


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


def test_a_pruned_child_of_unknown_cost_stays_pruned_but_teaches_a_failure():
    @dataclasses.dataclass(frozen=True)
    class Pruning(toy.ToyEvaluator):
        def evaluate(self, space, task, actions, seed):
            return Result(trial.PRUNED, 0.5, error="stopped early")

    shaped = Shaped("latency", 1, evaluator=INNER)
    object.__setattr__(shaped, "_inner", Pruning())
    assert evaluate(shaped) == Result(
        trial.PRUNED,
        0.0,
        metrics={"unshaped_reward": 0.5},
        error="stopped early; its cost 'latency' is not known",
    )


def test_a_space_that_refuses_to_count_a_child_ends_no_search():
    class Refusing(toy.ToySpace):
        def cost(self, spec, task):
            raise UsageError("Expected less. Received: more")

    @dataclasses.dataclass(frozen=True)
    class Unsized(toy.ToyEvaluator):
        def evaluate(self, space, task, actions, seed):
            return Result(OK, 1.0)

    shaped = Shaped("params", 1, evaluator=INNER)
    object.__setattr__(shaped, "_inner", Unsized())
    result = shaped.evaluate(Refusing(), toy.ToyTask(), (1, 0, 1, 2, 0), 0)
    assert result == Result(
        trial.INVALID, 0.0, error="Expected less. Received: more"
    )


def test_a_search_for_small_children_finds_smaller_ones():
    def mean_params(evaluator):
        archive = run_search(
            toy.ToySpace(),
            toy.ToyTask(),
            made("reinforce", toy.ToySpace(), 0),
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


def test_a_table_knows_what_a_child_costs(tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("ops,accuracy,size,flops\n000000,90,200,7.5\n")
    inner = f"tabular(path='{table}', key='ops', reward='accuracy', " + "{})"
    hard = {"below": 0, "above": -1}
    space = registry.make("spaces", "nasbench201")
    for cost, options in (
        ("params", "params='size'"),
        ("flops", "metrics=('flops',)"),
    ):
        priced = Shaped(cost, 2.0, **hard, evaluator=inner.format(options))
        result = priced.evaluate(space, NoTask(), (0,) * 6, 0)
        price = {"params": 200, "flops": 7.5}[cost]
        assert result.reward == pytest.approx(90 * 2 / price)
        assert result.metrics["unshaped_reward"] == 90
        assert result.metrics[cost] == price
    with pytest.raises(UsageError, match="knows no such size"):
        Shaped("multiply_adds", 2, evaluator=inner.format("params='size'"))


def test_the_size_of_a_result_goes_before_the_spaces():
    @dataclasses.dataclass(frozen=True)
    class Measured(toy.ToyEvaluator):
        def evaluate(self, space, task, actions, seed):
            return Result(OK, 1.0, params=7, multiply_adds=3)

    for cost, price in (("params", 7), ("multiply_adds", 3)):
        priced = Shaped(cost, 1, below=0, above=-1, evaluator=INNER)
        object.__setattr__(priced, "_inner", Measured())
        assert evaluate(priced).reward == pytest.approx(1 / price)


def test_the_formula_says_what_the_cost_does():
    shaped = Shaped("params", 50_000, evaluator="standalone")
    task = registry.make("tasks", "digits")
    assert shaped.reward_formula(task) == (
        "accuracy cubed, times (params / 50,000) to the power -0.07"
    )
    hard = Shaped("params", 100, below=0, above=-1, evaluator=INNER)
    assert hard.reward_formula(NoTask()) == (
        "the task's reward, times (params / 100) to the power 0 up to 100 and "
        "-1 above"
    )
