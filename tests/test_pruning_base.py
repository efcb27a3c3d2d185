"""Pruning rules."""

import pytest

from nas_tf import registry
from nas_tf.errors import UsageError
from nas_tf.pruning.base import Course
from nas_tf.trial import ERROR
from nas_tf.trial import PRUNED
from nas_tf.trial import Proposal
from nas_tf.trial import Result
from nas_tf.trial import Trial

optuna = pytest.importorskip("optuna")

CURVES = [
    [0.2, 0.5, 0.6, 0.7],
    [0.1, 0.2, 0.3, 0.4],
    [0.4, 0.3, 0.2, 0.1],
    [0.3, 0.6, 0.5, 0.9],
    [0.2, 0.3, 0.5, 0.5],
    [0.25, 0.2, 0.45, 0.8],
    [0.1, 0.6, 0.5, 0.1],
    [0.5, 0.1, 0.1, 0.6],
]


def rule(call):
    return registry.make("pruning", call)


def stopped_at(rule, curves=CURVES):
    """Returns after how many epochs each child of a sequence is stopped."""
    courses, found = [], []
    for curve in curves:
        epochs = next(
            (n for n in range(1, 5) if rule.stops(curve[:n], courses)), None
        )
        courses.append(Course(curve[:epochs], epochs is None))
        found.append(epochs)
    return found


@pytest.mark.parametrize("startup, warmup", [(1, 1), (3, 1), (2, 3), (1, 4)])
def test_median_decides_as_optuna(startup, warmup):
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        direction="maximize",
        pruner=optuna.pruners.MedianPruner(startup, warmup - 1),
    )
    expected = []
    for curve in CURVES:
        trial = study.ask()
        expected.append(None)
        for epoch, value in enumerate(curve):
            trial.report(value, epoch)
            if trial.should_prune():
                expected[-1] = epoch + 1
                study.tell(trial, state=optuna.trial.TrialState.PRUNED)
                break
        else:
            study.tell(trial, curve[-1])
    found = stopped_at(rule(f"median(startup={startup}, warmup={warmup})"))
    assert found == expected
    assert any(found)


def test_asha_stops_what_is_below_the_quantile_of_a_rung():
    # Rungs are after 1, 2 and 4 epochs. Half of the children go on.
    assert stopped_at(rule("asha(reduction=2)")) == [
        None,
        1,
        2,
        None,
        1,  # 0.2 is the median of 0.2, 0.1, 0.4, 0.3 less 0.05
        2,
        1,
        2,
    ]
    # With rungs after 3 epochs only, nothing else is looked at.
    assert set(stopped_at(rule("asha(grace=3, reduction=2)"))) == {None, 3}


def test_children_in_progress_count_for_asha_alone():
    others = [Course([0.5], False)] * 9
    assert rule("asha").stops([0.4], others)
    assert not rule("median(startup=1)").stops([0.4], others)


@pytest.mark.parametrize("name", ["median", "asha"])
def test_what_is_learned_is_said(name):
    trial = Trial(0, Proposal(0, 0, (1,), 0.0, 0), Result(PRUNED, 0.4))
    assert rule(name).lesson(trial, 0.0) == trial
    strict = rule(f"{name}(teaches='failure')")
    assert strict.lesson(trial, 0.1).reward == 0.1
    failed = Trial(0, trial.proposal, Result(ERROR, 0.3))
    assert strict.lesson(failed, 0.0) == failed


@pytest.mark.parametrize(
    "call",
    [
        "median(startup=0)",
        "median(warmup=0)",
        "median(teaches='all')",
        "asha(grace=0)",
        "asha(reduction=1)",
    ],
)
def test_bad_options_are_refused(call):
    with pytest.raises(UsageError, match="Received"):
        rule(call)
