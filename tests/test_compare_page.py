"""The page that compares groups of runs."""

import pytest

from nas_tf.report import compare_page
from nas_tf.report import run as runs
from tests.report_runs import Page
from tests.report_runs import check_alone
from tests.report_runs import make_runs
from tests.report_runs import search


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_runs(tmp_path_factory.mktemp("runs"))


def test_runs_that_differ_in_their_seeds_are_a_group(folder):
    found = [
        runs.read(folder / name) for name in ("digits", "random", "other_seed")
    ]
    text = compare_page.make(found)
    page = check_alone(text)
    shown = " ".join(page.text)
    assert "3 runs in 2 groups" in shown
    assert "fewer than 4 runs has a thin line for each run" in shown
    assert "95 %" not in shown
    assert "local_search" in shown and "random_search" in shown
    assert shown.count("±") == 3  # two cells of one group, and the note


def test_four_seeds_have_a_confidence_interval(tmp_path):
    paths = [
        search(tmp_path / str(seed), seed=seed, max_children=16)
        for seed in range(4)
    ]
    text = compare_page.make(list(map(runs.read, paths)))
    shown = " ".join(check_alone(text).text)
    assert "4 runs in 1 group." in shown
    assert "95 % confidence interval of the mean, by Student's t" in shown
    assert "thin line" not in shown


def test_groups_are_named_for_what_sets_them_apart(tmp_path):
    found = [
        runs.read(search(tmp_path / "a", max_children=8)),
        runs.read(search(tmp_path / "b", "conv(num_layers=5)", max_children=8)),
    ]
    shown = " ".join(Page(compare_page.make(found)).text)
    assert "conv(num_layers=4)" in shown and "conv(num_layers=5)" in shown
