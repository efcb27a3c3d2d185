"""What a person at a terminal sees of a search."""

import io
import sys
import types

import pytest

from nas_tf import trial
from nas_tf.executors.inline import Inline
from nas_tf.runs.archive import Archive
from nas_tf.search import console
from nas_tf.search.run_search import run_search
from nas_tf.search.stopping import StoppingRule
from nas_tf.tasks.base import NoTask
from nas_tf.trial import Proposal
from nas_tf.trial import Result
from tests import toy

SPACE = toy.ToySpace()
ROWS = [(0, 1, 0, 2, 0), (2, 1, 1, 7, 2), (1, 0, 0, 0, 1)]


def archive_of(*results):
    archive = Archive()
    for number, result in enumerate(results):
        archive.add_trial(Proposal(number, 0, ROWS[number], 0.0, 0), result)
    return archive


def result(reward, spec, **facts):
    return Result(trial.OK, reward, spec={"n": spec}, **facts)


def table(archive, task=None):
    return console.table(archive, SPACE, task or NoTask()).splitlines()


def test_table_ranks_different_architectures():
    archive = run_search(
        SPACE,
        toy.ToyTask(),
        "random_search",
        evaluator=toy.ToyEvaluator(),
        max_children=32,
    )
    lines = console.table(archive, SPACE, toy.ToyTask(), 3).splitlines()
    assert len(lines) == 4
    assert lines[0].split() == [
        "trial",
        "quality",
        "reward",
        "parameters",
        "architecture",
    ]
    rewards = [float(line.split()[2]) for line in lines[1:]]
    assert rewards == sorted(rewards, reverse=True)
    assert len({line.split("op", 1)[1] for line in lines[1:]}) == 3


def test_a_table_is_aligned(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    archive = archive_of(
        result(0.25, 0, params=1_234_567, metrics={"val_quality": 0.5}),
        result(0.5, 1, params=5, metrics={"quality": 12.0}),
    )
    first = SPACE.describe(SPACE.decode(ROWS[0]))
    second = SPACE.describe(SPACE.decode(ROWS[1]))
    assert table(archive) == [
        "trial  quality  reward  parameters  architecture",
        f"    1       12  0.5000           5  {second}",
        f"    0      0.5  0.2500   1,234,567  {first}",
    ]


@pytest.mark.parametrize(
    "facts, columns",
    [
        ({}, "trial reward architecture"),
        ({"params": 3}, "trial reward parameters architecture"),
        ({"metrics": {"quality": 1.0}}, "trial quality reward architecture"),
    ],
)
def test_a_column_without_values_is_left_out(facts, columns):
    archive = archive_of(result(0.5, 0, **facts), result(0.25, 1, **facts))
    header, *lines = table(archive)
    assert header.split() == columns.split()
    assert not any(" - " in line for line in lines)


def test_a_missing_value_is_a_dash():
    lines = table(archive_of(result(0.5, 0, params=3), result(0.25, 1)))
    assert lines[2].split()[2] == "-"


def test_without_a_success_there_is_no_table():
    assert table(archive_of(Result(trial.NAN, 0.0))) == ["No child finished."]


@pytest.mark.parametrize("columns", [50, 100])
def test_a_table_ends_at_the_edge_of_the_terminal(monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    space = toy.ToySpace(width=3)
    archive = archive_of(result(0.5, 0))
    object.__setattr__(space, "describe", lambda spec: "x" * 500)
    last = console.table(archive, space, NoTask()).splitlines()[-1]
    assert last.endswith("x...")
    assert len(last) == columns


def test_summary_counts_what_went_wrong():
    archive = run_search(
        SPACE,
        toy.ToyTask(),
        "random_search",
        evaluator=toy.ToyEvaluator(),
        max_children=64,
        max_params=700,
        oversize="penalise",
        reuse_rewards=True,
    )
    text = console.summary(archive)
    assert archive.tally.reused > 0
    assert f"Failed: {archive.tally.failed} invalid." in text
    assert f"of an equal child: {archive.tally.reused}." in text


def test_reasons_of_failures_are_counted():
    errors = ["Trace\nat 1", "Trace\nat 22", "other", "", ""]
    archive = Archive()
    for number, error in enumerate(errors):
        failed = Result(trial.ERROR if error else trial.NAN, 0.0, error=error)
        archive.add_trial(Proposal(number, 0, ROWS[0], 0.0, 0), failed)
    assert console.summary(archive).splitlines() == [
        "Failed: 3 error, 2 nan.",
        "  2 error: at 1",
        "  2 nan: ",
        "  1 error: other",
    ]


def test_the_rarest_reasons_are_only_counted():
    archive = Archive()
    for number, letter in enumerate("aaabbcdefgh"):
        failed = Result(trial.ERROR, 0.0, error=letter)
        archive.add_trial(Proposal(number, 0, ROWS[0], 0.0, 0), failed)
    lines = console.summary(archive).splitlines()
    assert lines[1:3] == ["  3 error: a", "  2 error: b"]
    assert lines[-1] == "  3 of other reasons"
    assert len(lines) == 7


def progress_of(archive, task, rule, **options):
    progress = console.Progress(**options)
    search = types.SimpleNamespace(
        space=SPACE,
        task=task,
        rule=rule,
        executor=Inline(),
        evaluator=toy.ToyEvaluator(),
        start_from=(),
    )
    progress.on_ready(archive, search)
    progress.on_start(archive, rule)
    return progress


def add(archive, progress, finished):
    number = len(archive.trials)
    row = ROWS[number % len(ROWS)]
    proposal = Proposal(number, 0, row, 0.0, 0)
    progress.on_trial(archive, archive.add_trial(proposal, finished))


def test_progress_leads_with_the_measure_and_tells_the_limits(capsys):
    archive = archive_of(
        result(0.5, 0, metrics={"quality": 10.0}), Result(trial.NAN, 0.0)
    )
    rule = StoppingRule(max_children=9, patience=50)
    progress = progress_of(archive, toy.ToyTask(), rule)
    out = capsys.readouterr().out
    assert "Resuming after 2 finished children." in out
    add(archive, progress, result(0.25, 2, metrics={"quality": 4.0}))
    assert progress.bar.n == 3
    assert progress.bar.facts == (
        "best quality 10, mean 7, reward 0.5000, failed 1, no better 2/50"
    )
    progress.on_end(archive)


def test_progress_without_a_measure_is_the_reward(capsys):
    archive = Archive()
    progress = progress_of(archive, NoTask(), StoppingRule(max_children=9))
    add(archive, progress, Result(trial.NAN, 0.0))
    assert progress.bar.facts == "failed 1"
    add(archive, progress, result(0.5, 1))
    assert progress.bar.facts == "best reward 0.5000, mean 0.2500, failed 1"


def test_the_time_left_leaves_out_the_first_preparation(capsys):
    archive = Archive()
    progress = progress_of(archive, toy.ToyTask(), StoppingRule(max_children=9))
    progress.on_part(archive, (3, 3, "minibatches"))
    add(archive, progress, result(0.5, 0))
    assert progress.bar.initial == progress.bar.n == 1
    add(archive, progress, result(0.5, 1))
    assert progress.bar.initial == 1


def test_the_first_two_children_say_how_long_it_takes(capsys):
    archive = Archive()
    progress = progress_of(archive, NoTask(), StoppingRule(max_children=12))
    for seconds in (60.0, 180.0, 60.0):
        add(archive, progress, result(0.5, 1, seconds=seconds))
    error = capsys.readouterr().err
    told = "This search takes about 20.0 minutes: a child takes 2.0 minutes."
    assert error.splitlines().count(told) == 1


def test_there_is_a_header_unless_the_search_is_over(capsys):
    rule = StoppingRule(max_children=2)
    progress_of(archive_of(result(0.5, 0)), toy.ToyTask(), rule)
    assert capsys.readouterr().out.startswith("Space:  ")
    over = archive_of(result(0.5, 0), result(0.5, 1))
    progress_of(over, toy.ToyTask(), rule)
    assert capsys.readouterr().out == ""


def test_the_header_can_be_left_out(capsys):
    rule = StoppingRule(max_children=2)
    progress_of(archive_of(), toy.ToyTask(), rule, header=False)
    assert capsys.readouterr().out == ""


def test_a_terminal_has_a_bar(monkeypatch):
    stream = io.StringIO()
    stream.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", stream)
    with console.bar(4, 1, "child") as bar:
        bar.set_postfix_str("best accuracy 50.00%")
        bar.update()
        bar.write("a line above")
        bar.refresh()
    assert "a line above\n" in stream.getvalue()
    assert "2/4" in stream.getvalue()
    assert "best accuracy 50.00%" in stream.getvalue()
