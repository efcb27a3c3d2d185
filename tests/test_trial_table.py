"""Every trial of a run is a row."""

import re

from nas_tf.report import run as runs
from nas_tf.report import trial_table
from nas_tf.search.run_search import run_search
from tests.report_runs import EVIL
from tests.report_runs import Page
from tests.report_runs import search
from tests.toy_deriving import Deriving


def test_every_trial_is_a_row_the_best_first(tmp_path):
    run = runs.read(search(tmp_path, max_children=24, reuse_rewards=True))
    text = trial_table.section(run)
    for one in run.trials:
        assert text.count(f'<tr data-trial="{one.trial_id}">') == 1
    first = text.index(f'data-trial="{run.best[0].trial_id}"')
    assert first == text.index("data-trial=")
    shown = " ".join(Page(text).text)
    assert f"{run.best[0].reward:.4f}" in shown
    assert run.describe_trial(run.best[0]) in shown
    assert "error" in shown and EVIL not in text
    assert text.count("<button>") == text.count('scope="col"') == 6


def test_judgements_are_below_what_was_derived(tmp_path):
    archive = run_search(
        "tests.toy_space",
        "tests.toy_task",
        "random_search",
        Deriving(derive=9, derive_top=2),
        run_dir=tmp_path,
        max_children=16,
    )
    text = trial_table.section(runs.read(tmp_path))
    rows = [int(n) for n in re.findall(r'<tr data-trial="(\d+)"', text)]
    assert rows[:9] == [t.trial_id for t in archive.best(9)]
    assert sorted(rows[9:]) == list(range(16))


def test_the_best_of_very_many_are_shown(tmp_path, monkeypatch):
    monkeypatch.setattr(trial_table, "MAX_ROWS", 10)
    run = runs.read(search(tmp_path, max_children=24))
    text = trial_table.section(run)
    assert text.count("<tr data-trial") == 10
    assert "the best 10 of 24 children" in text
    assert "error" not in text
