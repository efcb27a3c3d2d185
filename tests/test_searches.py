"""Tables that compare searches of two strategies."""

import pathlib
import types

import numpy as np
import pytest

from experiments import searches

RUNS = pathlib.Path(__file__).parent.parent / "experiments/digits/runs"


@pytest.fixture(scope="module")
def groups():
    return searches.by_strategy(
        types.SimpleNamespace(name=name, folder=RUNS / name)
        for name in ("reinforce_0", "random_0", "reinforce_1", "random_1")
    )


def test_searches_are_grouped_by_the_name_before_the_seed(groups):
    names = {name: [job.name for job in jobs] for name, jobs in groups.items()}
    assert names == {
        "reinforce": ["reinforce_0", "reinforce_1"],
        "random": ["random_0", "random_1"],
    }


def test_rewards_are_stacked_by_seed(groups):
    stacked = searches.stacked(groups)
    assert {name: rows.shape for name, rows in stacked.items()} == {
        "reinforce": (2, 96),
        "random": (2, 96),
    }


def test_table_has_a_row_a_search_and_one_a_strategy(groups):
    header, _, *rows = searches.table(groups).splitlines()
    assert header.startswith("| search | children | failed | first third |")
    assert [row.split(" | ")[0] for row in rows] == [
        "| reinforce_0",
        "| reinforce_1",
        "| **reinforce**, mean",
        "| random_0",
        "| random_1",
        "| **random**, mean",
    ]
    first = searches.stacked(groups)["reinforce"][0]
    cells = rows[0].split(" | ")
    assert cells[1:3] == ["96", "0"]
    assert [float(cell) for cell in cells[3:7]] == pytest.approx(
        [
            first[:32].mean(),
            first[-32:].mean(),
            first[-32:].mean() - first[:32].mean(),
            first.max(),
        ],
        abs=1e-4,
    )


def test_comparison_has_a_line_for_each_measure(groups):
    lines = searches.comparison(groups).splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "- mean reward of the last third",
        "- gain from the first to the last third",
        "- best reward",
    ]
    best = [rows.max(axis=1) for rows in searches.stacked(groups).values()]
    gain = np.mean(best[0]) - np.mean(best[1])
    assert f"reinforce minus random {gain:+.4f} ± " in lines[2]


def test_what_a_batch_shares_is_taken_off():
    trials = [
        types.SimpleNamespace(
            proposal=types.SimpleNamespace(batch=batch), reward=reward
        )
        for batch, reward in [(0, 1.0), (0, 3.0), (1, 10.0), (1, 16.0)]
    ]
    [found] = searches.within_batches(trials, lambda trial: trial.reward)
    assert found.tolist() == [-1, 1, -3, 3]


def test_rank_correlation_sees_order_only():
    assert searches.ranks([1, 2, 3], [1, 10, 100]) == pytest.approx(1)
    assert searches.ranks([1, 2, 3], [3, 2, 0]) == pytest.approx(-1)
