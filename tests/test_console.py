"""What a person at a terminal sees of a search."""

import pytest

from nas_tf import trial
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
        "reward",
        "quality",
        "parameters",
        "architecture",
    ]
    rewards = [float(line.split()[1]) for line in lines[1:]]
    assert rewards == sorted(rewards, reverse=True)
    assert len({line.split("op", 1)[1] for line in lines[1:]}) == 3


def test_a_table_is_aligned():
    archive = archive_of(
        result(0.25, 0, params=1_234_567, metrics={"val_quality": 0.5}),
        result(0.5, 1, params=5, metrics={"quality": 12.0}),
    )
    first = SPACE.describe(SPACE.decode(ROWS[0]))
    second = SPACE.describe(SPACE.decode(ROWS[1]))
    assert table(archive) == [
        "trial  reward  quality  parameters  architecture",
        f"    1  0.5000       12           5  {second}",
        f"    0  0.2500      0.5   1,234,567  {first}",
    ]


@pytest.mark.parametrize(
    "facts, columns",
    [
        ({}, "trial reward architecture"),
        ({"params": 3}, "trial reward parameters architecture"),
        ({"metrics": {"quality": 1.0}}, "trial reward quality architecture"),
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


def test_a_long_description_is_cut():
    space = toy.ToySpace(width=3)
    archive = archive_of(result(0.5, 0))
    object.__setattr__(space, "describe", lambda spec: "x" * 500)
    last = console.table(archive, space, NoTask()).splitlines()[-1]
    assert last.endswith("x...")
    assert len(last) < 150


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


def test_the_bar_says_how_near_the_limits_are(capsys):
    progress = console.Progress()
    archive = archive_of(result(0.5, 0), Result(trial.NAN, 0.0))
    rule = StoppingRule(max_children=9, patience=50)
    progress.on_start(archive, rule)
    assert "Resuming after 2 finished children." in capsys.readouterr().out
    last = archive.add_trial(Proposal(2, 0, ROWS[2], 0.0, 0), result(0.25, 2))
    progress.on_trial(archive, last)
    assert progress.bar.n == 3
    assert progress.bar.postfix == (
        "best=0.5000, mean=0.2500, failed=1, no better=2/50"
    )
    progress.on_end(archive)
