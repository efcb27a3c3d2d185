"""The top of a run's page: what was searched, and how it went."""

import dataclasses
import re

import pytest

from nas_tf.cli import status
from nas_tf.report import groups
from nas_tf.report import overview
from nas_tf.report import run as runs
from nas_tf.report import work
from nas_tf.search.run_search import run_search
from tests.report_runs import Guessed
from tests.report_runs import Page
from tests.report_runs import search
from tests.toy_deriving import Deriving


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


def test_what_was_derived_is_no_child_and_alone_the_best(run, tmp_path):
    found = runs.read(deriving(tmp_path))
    shown = text_of(found)
    assert f"Children 8, and {found.derived} derived" in shown
    assert f"the best of {found.derived} derived after 8 children" in shown
    (tmp_path / "flags.txt").write_text("--max_children=8\n")
    assert status.children(runs.read(tmp_path)) == "8/8"
    assert [
        group.children for group in groups.grouped([found], found.measure)
    ] == [8]
    words = "of those derived at the end and judged on most examples"
    assert words in overview.progress(found, None)
    assert words not in overview.progress(run, None)


def test_the_front_of_derived_children_says_which_are_compared(run, tmp_path):
    found = runs.read(deriving(tmp_path))
    words = "no child derived and judged on most examples with as few"
    assert words in overview.progress(found, None)
    assert words not in overview.progress(run, None)


def deriving(folder):
    run_search(
        "tests.toy_space",
        "tests.toy_task",
        "random_search",
        Deriving(),
        run_dir=folder,
        max_children=8,
    )
    return folder


def test_children_of_one_size_have_no_chart_of_sizes(tmp_path):
    found = runs.read(search(tmp_path, max_children=8, evaluator=OneSize()))
    assert overview.progress(found, None).count("<svg ") == 1
