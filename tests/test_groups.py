"""Groups of runs that differ in their seeds: labels and confidence bands."""

import json

import numpy as np
import pytest

from nas_tf.report import groups
from nas_tf.report import run as runs
from tests.report_runs import search


def test_a_band_is_the_confidence_interval_of_the_mean():
    rows = [[1.0, 5.0], [2.0, 5.0], [4.0, 5.0], [5.0, 5.0]]
    band = groups.band(rows)
    np.testing.assert_allclose(band.mean, [3, 5])
    # t of three degrees of freedom at 97.5 %, and a deviation of root 10/3.
    half = 3.182446 * (10 / 3) ** 0.5 / 2
    np.testing.assert_allclose(band.low, [3 - half, 5], rtol=1e-4)
    np.testing.assert_allclose(band.high, [3 + half, 5], rtol=1e-6)


def test_fewer_than_four_runs_have_no_band():
    assert groups.band([[1.0, 5.0]] * 3).low is None


def test_a_band_stays_within_the_bounds_of_the_measure():
    band = groups.band([[0.9], [1.0], [0.2], [1.0]], (0.0, 1.0))
    assert band.high.tolist() == [1.0] and band.low[0] > 0


def test_a_band_holds_the_mean_as_often_as_it_says():
    rng = np.random.default_rng(0)
    band = groups.band(rng.normal(size=(4, 20_000)))
    inside = ((band.low <= 0) & (band.high >= 0)).mean()
    # Five standard deviations of a share of 20,000.
    assert inside == pytest.approx(0.95, abs=0.008)


def test_runs_are_grouped_by_all_but_their_seeds(tmp_path):
    found = [
        runs.read(search(tmp_path / name, space, seed=seed, max_children=count))
        for name, space, seed, count in (
            ("a", "conv(num_layers=2)", 0, 24),
            ("b", "conv(num_layers=3)", 0, 24),
            ("c", "conv(num_layers=2)", 1, 32),
        )
    ]
    first, second = groups.grouped(found, found[0].measure)
    assert [run.name for run in first.runs] == ["a", "c"]
    assert first.label == "conv(num_layers=2)"
    assert second.label == "conv(num_layers=3)"
    # All are cut to the shortest of their group.
    assert first.children == 24
    assert first.final_best.shape == first.last_third.shape == (2,)
    rewards = [t.reward for t in found[1].trials[-8:] if t.ok]
    assert second.final_best == max(t.reward for t in found[1].best)
    assert second.last_third == pytest.approx(np.median(rewards))
    assert second.best.low is None


def test_an_option_that_was_added_since_makes_no_group(tmp_path):
    """The file of an earlier version does not have it."""
    paths = [search(tmp_path / n, seed=s) for n, s in (("a", 0), ("b", 1))]
    file = paths[0] / "configuration.json"
    record = json.loads(file.read_text())
    record["space"] = "conv(num_layers=4)"
    record["format"] = 1
    del record["decisions"]
    file.write_text(json.dumps(record))
    found = list(map(runs.read, paths))
    [group] = groups.grouped(found, found[0].measure)
    assert len(group.runs) == 2
