"""The top of a run's page: what was searched, and how it went."""

import dataclasses
import re

import pytest

from nas_tf.report import overview
from nas_tf.report import run as runs
from nas_tf.report import work
from tests.report_runs import Guessed
from tests.report_runs import Page
from tests.report_runs import search


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "run"
    return runs.read(search(folder, reuse_rewards=True))


def text_of(run, **kw):
    page = Page(overview.header(run, work.work(run.trials), None, **kw))
    return " ".join(text.strip() for text in page.text)


def test_the_header_says_parts_children_and_times(run):
    assert overview.title(run) == "conv by random_search"
    shown = text_of(run)
    assert f"64, {run.failed} failed" in shown
    assert "conv(num_layers=4, " in shown
    assert "random_search" in shown
    assert re.search(r"Date 20\d\d-\d\d-\d\d", shown)
    assert "Task none" in shown


def test_a_search_in_progress_is_said_first(run):
    shown = text_of(run, live="In progress: 3 children.")
    assert shown.index("In progress: 3") < shown.index("Time")
    assert "In progress" not in text_of(run)


def test_progress_names_the_run_of_random_search(run):
    alone = overview.progress(run, None)
    assert "Grey:" not in alone and alone.count("<svg ") == 2
    both = overview.progress(run, run)
    assert "Grey: random search, from the run run." in both


@dataclasses.dataclass(frozen=True)
class OneSize(Guessed):
    """All children have as many parameters."""

    def evaluate(self, space, task, actions, seed):
        result = super().evaluate(space, task, actions, seed)
        return dataclasses.replace(result, params=7)


def test_children_of_one_size_have_no_chart_of_sizes(tmp_path):
    found = runs.read(search(tmp_path, max_children=8, evaluator=OneSize()))
    assert overview.progress(found, None).count("<svg ") == 1
