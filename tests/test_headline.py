"""The figures at the top of a page are those of the right trials."""

import dataclasses
import json

import pytest

from nas_tf import confidence
from nas_tf import registry
from nas_tf.report import headline
from nas_tf.report import run as runs
from nas_tf.report import trained
from nas_tf.report import training
from nas_tf.report import work
from nas_tf.runs import spec_file
from tests.report_runs import EVIL
from tests.report_runs import Guessed
from tests.report_runs import Page
from tests.report_runs import search


@dataclasses.dataclass(frozen=True)
class Trained(Guessed):
    """Says that it trains, so that its runs have a task."""

    needs_task = True


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    for name, strategy in (
        ("run", "local_search"),
        ("random", "random_search"),
    ):
        search(
            folder / name,
            task="digits",
            strategy=strategy,
            evaluator=Trained(),
        )
    return folder


@pytest.fixture
def run(folder):
    return runs.read(folder / "run")


def words(text):
    return " ".join(" ".join(Page(text).text).split())


def tiles(run, winner=None, rival=None):
    return words(headline.tiles(run, work.work(run.trials), winner, rival))


def make_winner(run, folder, spec, **card):
    """Makes the directory of a training of an architecture."""
    model = folder / "model"
    model.mkdir(parents=True)
    record = {"measure": "accuracy", "test": {"accuracy": 0.5}, **card}
    (model / "model_card.json").write_text(json.dumps(record))
    spec_file.write(model / "spec.json", run.space, spec)
    return trained.read(folder, run.task)


def test_the_measure_comes_first_with_its_interval(run):
    best = run.best[0]
    accuracy = best.result.metrics["val_accuracy"]
    shown = tiles(run)
    assert shown.startswith(f"Validation accuracy {accuracy:.2%} trial ")
    assert f"trial {best.trial_id}, the best of 64 children" in shown
    low, high = confidence.wilson(accuracy, 600)
    assert f"95 % interval {low:.2%} to {high:.2%} on 600 examples" in shown
    assert f"64 children, {run.failed} failed" in shown
    assert f"Parameters {best.result.params:,}" in shown


def test_the_reward_is_explained_once(run):
    shown = words(headline.notes(run, None))
    assert shown.count("reward") == 1
    assert "which the strategy maximises, is accuracy cubed." in shown


def test_the_trial_that_was_trained_is_named_and_not_the_best(run, tmp_path):
    best, second = run.best[:2]
    winner = make_winner(
        run,
        tmp_path,
        second.result.spec,
        epochs=9,
        examples={"test": 400},
        task="digits",
    )
    assert headline.trained_trial(run, winner) is second
    shown = tiles(run, winner)
    low, high = confidence.wilson(0.5, 400)
    assert shown.startswith(
        f"Test accuracy 50.00% trial {second.trial_id}; trained in full, 9 "
        f"epochs; 95 % interval {low:.2%} to {high:.2%}"
    )
    assert f"Parameters {second.result.params:,}" in shown
    notes = words(headline.notes(run, winner))
    assert f"Trial {best.trial_id} had the highest reward" in notes
    assert f"Trial {second.trial_id} did best when" in notes


def test_further_trainings_are_listed(run, folder):
    assert training.others(run) == ""
    for name, score in (("trained_ensemble", 0.75), ("trained_1234", 0.5)):
        make_winner(
            run,
            folder / "run" / name,
            run.best[0].result.spec,
            test={"accuracy": score},
            architecture=EVIL,
        )
    # What is no training is none.
    (folder / "run" / "trained_elsewhere").mkdir()
    text = training.others(run)
    shown = words(text)
    assert "trained_1234 50.00%" in shown
    assert "trained_ensemble 75.00%" in shown
    assert "elsewhere" not in shown
    assert EVIL in shown and EVIL not in text


def test_where_the_best_was_trained_nothing_needs_saying(run, tmp_path):
    winner = make_winner(run, tmp_path, run.best[0].result.spec)
    assert headline.trained_trial(run, winner) is run.best[0]
    assert "best/" not in headline.notes(run, winner)


def test_an_architecture_of_no_trial_is_named_as_its_card_does(run, tmp_path):
    space = registry.make("spaces", "conv(num_layers=2)")
    spec = space.decode((0,) * len(space.decisions))
    winner = make_winner(run, tmp_path, spec, architecture="mine, +40 filters")
    assert headline.trained_trial(run, winner) is None
    assert "Test accuracy 50.00% mine, +40 filters" in tiles(run, winner)


def test_random_search_is_compared_at_as_many_children(run, folder):
    rival = runs.read(folder / "random")
    values = [
        max(t.result.metrics["val_accuracy"] for t in one.trials if t.ok)
        for one in (run, rival)
    ]
    gain = values[0] - values[1]
    side = "better" if gain > 0 else "worse"
    shown = tiles(run, rival=rival)
    if gain:
        assert f"{100 * abs(gain):.2f} points {side}" in shown
    assert f"{values[0]:.2%} against {values[1]:.2%}" in shown
    assert "Against" not in tiles(run)
    assert "equal" in tiles(run, rival=run)
