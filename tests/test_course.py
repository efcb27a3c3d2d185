"""How a search went: decisions, failures, workers."""

import pytest

from nas_tf import trial
from nas_tf.report import course
from nas_tf.report import run as runs
from nas_tf.report import work
from nas_tf.trial import Result
from tests import toy
from tests.report_runs import Page
from tests.report_runs import make_trials
from tests.report_runs import search


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return runs.read(search(tmp_path_factory.mktemp("runs") / "run"))


def text_of(section):
    return " ".join(text.strip() for text in Page(section).text)


def test_each_kind_of_decision_has_a_chart(run):
    section = course.decisions(run)
    kinds = {decision.kind for decision in run.decisions}
    # The first layer of one has nothing to skip, the others have.
    assert section.count("<svg ") == len(kinds) + 1
    for kind in kinds:
        assert kind in section


def test_decisions_are_those_the_run_directory_lists(tmp_path):
    found = runs.read(search(tmp_path, toy.ToySpace(), max_children=48))
    assert found.space is None
    assert found.decisions == toy.ToySpace().decisions
    assert course.decisions(found).count("<svg ") == 3 + 1


def test_without_them_the_page_says_why(tmp_path):
    search(tmp_path, toy.ToySpace(), max_children=16)
    file = tmp_path / "configuration.json"
    file.write_text(file.read_text().replace('"decisions"', '"others"'))
    section = course.decisions(runs.read(tmp_path))
    assert "does not list them" in section and "<svg " not in section


def test_failures_are_a_table(run):
    shown = text_of(course.failures(run))
    failed = sum(not one.ok for one in run.trials)
    assert f"error {failed} {failed / 64:.1%} ValueError" in shown


def test_long_reasons_are_cut():
    class Failed:
        trials = make_trials([Result(trial.ERROR, 0.0, error="x" * 1000)])

    shown = text_of(course.failures(Failed))
    assert "x" * (course.MAX_REASON - 3) + "..." in shown
    assert "x" * course.MAX_REASON not in shown


def test_without_failures_the_workers_have_the_whole_width():
    class Fine:
        trials = make_trials(
            [
                Result(trial.OK, 1.0, started=1e9 + i, seconds=1)
                for i in range(3)
            ]
        )

    section = course.failures_and_workers(Fine, work.work(Fine.trials))
    assert "No child failed." in section and "Failures" not in section


def test_failures_stand_beside_the_workers(run):
    section = course.failures_and_workers(run, work.work(run.trials))
    assert section.startswith('<div class="charts">')
    assert "Failures" in section and "Workers" in section


def test_decisions_that_matter_have_a_bar_and_a_row(run):
    section = course.importance(run)
    shown = text_of(section)
    assert section.count("<svg ") == 1
    for name in ("filter_height/1", "skip/4"):
        assert name in shown
    assert "best choice" in shown and "adjusted R²" in shown


def test_too_few_children_say_nothing_of_decisions(tmp_path):
    found = runs.read(search(tmp_path, max_children=16))
    assert course.importance(found) == ""


def test_workers_are_told_of_where_times_are_known(run):
    assert course.workers(None) == ""
    section = course.workers(work.work(run.trials))
    assert section.count("<svg ") == 1
    assert "% of the time" in section
