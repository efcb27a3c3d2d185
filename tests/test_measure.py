"""What children are compared by: the task's measure, or the reward."""

import math

import numpy as np
import pytest

from nas_tf import confidence
from nas_tf import trial
from nas_tf.report import measure as measures
from nas_tf.report.measure import Measure
from nas_tf.trial import Result
from tests.report_runs import make_trials

ACCURACY = Measure("validation accuracy", "val_accuracy", "{:.2%}".format)
PERPLEXITY = Measure(
    "validation perplexity", "val_perplexity", "{:.2f}".format, lower=True
)


class Run:
    """What `of_run` reads of a run."""

    measure_name = "perplexity"
    examples = 100

    def __init__(self, metrics):
        results = [
            Result(trial.OK, 80 / m.get("val_perplexity", 9) ** 2, m)
            for m in metrics
        ]
        self.best = sorted(make_trials(results), key=lambda t: -t.reward)

    def show(self, value):
        return f"{value:.2f}"


def test_a_measure_that_falls_as_rewards_rise_is_better_if_lower():
    found = measures.of_run(Run([{"val_perplexity": v} for v in (9, 5, 7)]))
    assert (found.name, found.key) == (
        "validation perplexity",
        "val_perplexity",
    )
    assert found.lower and found.examples == 100
    assert found.gain(5.0, 9.0) == 4.0
    rising = measures.of_run(Run([{"perplexity": v} for v in (1, 2)]))
    assert (rising.name, rising.lower) == ("perplexity", False)


def test_without_it_the_reward_is_shown():
    found = measures.of_run(Run([{"val_loss": 1.0}]))
    assert found is measures.REWARD
    assert found.text(make_trials([Result(trial.OK, 0.25)])[0]) == "0.2500"


def test_a_failure_has_no_value():
    good, failed = make_trials(
        [
            Result(trial.OK, 0.1, {"val_accuracy": 0.5}),
            Result(trial.ERROR, 0.0, {"val_accuracy": 0.9}),
        ]
    )
    assert (ACCURACY.text(good), ACCURACY.text(failed)) == ("50.00%", "-")
    assert math.isnan(ACCURACY.of(failed))
    np.testing.assert_array_equal(
        ACCURACY.values([good, failed]), [0.5, np.nan]
    )


@pytest.mark.parametrize("value", ["good", None, True, [0.5]])
def test_what_is_no_number_is_no_value(value):
    [edited] = make_trials([Result(trial.OK, 0.1, {"val_accuracy": value})])
    assert ACCURACY.text(edited) == "-"


def test_differences_of_shares_are_points():
    assert ACCURACY.show_difference(-0.0123) == "1.23 points"
    assert PERPLEXITY.show_difference(-1.5) == "1.50"


def test_bounds_are_those_of_the_measure():
    assert ACCURACY.bounds(np.array([0.5, np.nan])) == (0, 1)
    assert PERPLEXITY.bounds(np.array([5.0])) == (0, math.inf)
    assert PERPLEXITY.bounds(np.array([-5.0])) == (-math.inf, math.inf)


def test_an_accuracy_has_the_interval_of_its_examples():
    low, high = confidence.wilson(0.5, 100)
    shown = f"{low:.2%} to {high:.2%}"
    assert measures.interval(0.5, 100, "{:.2%}".format) == shown
    assert measures.interval(0.5, None, "{:.2%}".format) == ""
    assert measures.interval(1.5, 100, "{:.2%}".format) == ""
    counted = Measure("accuracy", "accuracy", "{:.2%}".format, examples=100)
    assert counted.interval(0.5) == shown
    assert ACCURACY.interval(0.5) == PERPLEXITY.interval(5.0) == ""


@pytest.mark.parametrize(
    "others, expected",
    [([ACCURACY], ACCURACY), ([PERPLEXITY], measures.REWARD), ([], ACCURACY)],
)
def test_runs_are_compared_by_what_they_share(others, expected):
    class Measured:
        def __init__(self, measure):
            self.measure = measure

    found = [Measured(measure) for measure in (ACCURACY, *others)]
    assert measures.of_runs(found) == expected
