"""The top of a run's page: what was searched, and how rewards went."""

import json

import pytest

from nas_tf.report import overview
from nas_tf.report import run as runs
from nas_tf.report import trained
from nas_tf.report import work
from tests.report_runs import Page
from tests.report_runs import search


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "run"
    return runs.read(search(folder, reuse_rewards=True))


def text_of(run, winner=None):
    page = Page(overview.header(run, work.work(run.trials), winner))
    return " ".join(text.strip() for text in page.text)


def test_the_header_says_parts_children_and_times(run):
    assert overview.title(run) == "conv by random_search"
    shown = text_of(run)
    failed = sum(not trial.ok for trial in run.trials)
    assert f"64, {failed} failed" in shown
    assert "conv(num_layers=4, " in shown
    assert "random_search" in shown and "2001-09-09" in shown
    best = run.best[0]
    assert f"Best reward {best.reward:.4f}, by trial {best.trial_id}." in shown
    assert "Task none" in shown


def test_a_full_training_is_said_too(run, tmp_path):
    (tmp_path / "model").mkdir()
    card = {"measure": "accuracy", "test": {"accuracy": 0.5}, "task": "digits"}
    (tmp_path / "model" / "model_card.json").write_text(json.dumps(card))
    assert "test accuracy 50.00%." in text_of(run, trained.read(tmp_path))


def test_rewards_name_the_run_of_random_search(run):
    alone = overview.rewards(run, None)
    assert "Grey:" not in alone and alone.count("<svg ") == 2
    both = overview.rewards(run, run)
    assert "Grey: random search, from the run run." in both
